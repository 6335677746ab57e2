#include <kedge/node/addon/giving_back.hpp>

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <memory>
#include <span>
#include <system_error>
#include <utility>

#include <kedge/transports/http/connection.hpp>
#include <kedge/transports/http/http_share.hpp>
#include <kedge/transports/loop/worker.hpp>
#include <kedge/transports/net/detached_stream.hpp>
#include <kedge/transports/net/stream.hpp>
#include <kedge/transports/relay/splice.hpp>

namespace kedge::node {

namespace {

/// Whose a stream is until another takes it.
class no_owner final : public transports::stream_owner {
  public:
    void on_bytes(std::span<char>) override {}
    void on_end() override {}
    void on_fault() noexcept override {}
};

}  // namespace

giving_back::giving_back(transports::http_share& home, std::string prefix, judge of_node, taker take)
    : home_(home), prefix_(std::move(prefix)), of_node_(std::move(of_node)), take_(std::move(take)) {}

bool giving_back::serves(const engine::request& asked) const noexcept {
    try {
        return is_nodes(asked);
    } catch (...) {
        return false;
    }
}

/// What names no transport is not for the engine, but for who serves the client's files below its path.
bool giving_back::is_nodes(const engine::request& asked) const {
    if (!asked.target().starts_with(prefix_)) return true;
    const auto transport = asked.query("transport");
    if (transport != "polling" && transport != "websocket") return true;
    return of_node_(asked.query("sid").value_or(std::string()));
}

void giving_back::admit(transports::connection& at) {
    const engine::request_ptr first = at.request();
    if (first->secure())
        return take_({.descriptor = decrypted(at), .read = {}, .unsent = {}, .first = *first});
    transports::detached_stream taken = at.release(at.raw_head());
    take_({.descriptor = std::exchange(taken.descriptor, -1),
           .read = taken.unread,
           .unsent = taken.unsent,
           .first = *first});
}

/// Node is given one end of a pair of sockets, and what is said there goes through TLS here.
int giving_back::decrypted(transports::connection& at) {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
        throw std::system_error(errno, std::system_category(), "socketpair");
    transports::worker& here = home_.home();
    transports::detached_stream outer;
    outer.descriptor = ends[1];
    static no_owner none;
    const std::string begun = at.raw_head() + at.unread();
    transports::stream_ptr inner = transports::make_stream(here, transports::adopt(ends[0]), none);
    inner->write(begun);
    here.own(std::make_unique<transports::splice>(here, at.leave(), std::move(inner)));
    return std::exchange(outer.descriptor, -1);
}

}  // namespace kedge::node
