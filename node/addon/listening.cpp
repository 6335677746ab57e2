#include <kedge/node/addon/listening.hpp>

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <utility>
#include <vector>

#include <kedge/engine/registry.hpp>
#include <kedge/node/addon/giving_back.hpp>
#include <kedge/transports/http/http_share.hpp>
#include <kedge/transports/net/detached_stream.hpp>

namespace kedge::node {

/// A handshake that waits for what JavaScript says.
struct listening::question {
    question(engine::request_ptr asking, transports::admission verdict) noexcept
        : request(std::move(asking)), answer(std::move(verdict)) {}

    engine::request_ptr request;
    transports::admission answer;
};

listening::listening(std::uint32_t number, conversations& talks, javascript& above,
                     std::unique_ptr<uv_host> loop, transports::server_options options)
    : conversation_home(number, talks, above),
      host_(*loop),
      server_(std::move(loop), with_hooks(std::move(options))) {
    on_loop(*server_.loops().front());
    server_.handler(*this);
    server_.keep_heads();
    const transports::server_options& known = server_.options();
    const std::string prefix = known.path + (known.add_trailing_slash ? "/" : "");
    const auto of_node = [this](std::string_view sid) { return sid.empty() ? hooks_.by_node : !knows(sid); };
    const auto give = [this](const given_back& what) { hand_back(what); };
    server_.add_front(
        [&](transports::http_share& at) { return std::make_unique<giving_back>(at, prefix, of_node, give); });
}

listening::~listening() = default;

transports::server_options listening::with_hooks(transports::server_options options) {
    options.allow_request = [this](engine::request_ptr request, transports::admission answer) {
        ask(std::move(request), std::move(answer));
    };
    options.generate_id = [this](const engine::request&) { return make_id(); };
    options.initial_headers = [this](transports::header_list& headers, const engine::request& asking) {
        change_headers(true, headers, asking);
    };
    options.headers = [this](transports::header_list& headers, const engine::request& asking) {
        change_headers(false, headers, asking);
    };
    options.on_connection_error = [this](const transports::connection_error& error) { tell_refused(error); };
    return options;
}

std::uint16_t listening::listen(const transports::listen_address& where,
                                std::shared_ptr<transports::tls_context> tls) {
    return server_.listen(where, std::move(tls));
}

void listening::close(engine::duration grace, engine::task done) {
    server_.close({.grace = grace}, [this, done = std::move(done)]() mutable {
        if (enter()) {
            above().tell_plainly(javascript::event::closed, number());
            above().leave();
        }
        done();
    });
}

void listening::part(std::unique_ptr<listening> self) {
    transports::engine_server& server = self->server_;
    server.end_with_turn(std::move(self));
}

void listening::flush() noexcept {
    static_cast<transports::worker*>(server_.loops().front())->flush();
}

bool listening::knows(std::string_view sid) noexcept {
    return server_.sessions(0).find(sid) != nullptr;
}

std::optional<int> listening::connect() {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) return std::nullopt;
    server_.receive(transports::adopt(ends[0]));
    return ends[1];
}

std::unique_ptr<engine::session_handler> listening::on_connection(engine::session& opened) {
    auto made = std::make_unique<conversation>(*this, opened);
    made->begin();
    return made;
}

// ---- what JavaScript is asked

/// Whether it consents at once, which is what it does where it has nothing to ask, or later.
void listening::ask(engine::request_ptr request, transports::admission answer) {
    const std::uint32_t number = ++asked_;
    questions_.emplace(number, std::make_unique<question>(std::move(request), std::move(answer)));
    if (!enter()) return;
    bool at_once = false;
    {
        const javascript::values made(above());
        napi_value said = above().call(javascript::event::consent,
                                       std::array{above().number(this->number()), above().number(number)});
        at_once = said && above().truth(said);
    }
    if (at_once) allow(number, {});
}

std::unique_ptr<listening::question> listening::take(std::uint32_t number) {
    auto found = questions_.extract(number);
    return found ? std::move(found.mapped()) : nullptr;
}

engine::request_ptr listening::waiting(std::uint32_t number) const {
    const auto at = questions_.find(number);
    return at == questions_.end() ? nullptr : at->second->request;
}

void listening::allow(std::uint32_t number, std::string sid) {
    admit(take(number), std::move(sid), {});
}

void listening::fail(std::uint32_t number, std::string why) {
    admit(take(number), {}, std::move(why));
}

/// The handshake goes on at once, in this call.
void listening::admit(std::unique_ptr<question> asked, std::string sid, std::string problem) {
    if (!asked) return;
    given_id_ = std::move(sid);
    given_problem_ = std::move(problem);
    asked->answer.allow();
    given_id_.clear();
    given_problem_.clear();
}

void listening::refuse(std::uint32_t number, std::string message) {
    if (const auto asked = take(number)) asked->answer.refuse(std::move(message));
}

std::string listening::make_id() {
    if (!given_problem_.empty()) throw std::runtime_error(given_problem_);
    return given_id_.empty() ? ids_.next() : std::exchange(given_id_, {});
}

void listening::tell_refused(const transports::connection_error& error) {
    if (!enter()) return;
    const javascript::values made(above());
    std::vector<napi_value> context;
    for (const auto& [name, value] : error.refused.context) {
        context.push_back(above().string(name));
        context.push_back(above().latin1(value));
    }
    above().call(
        javascript::event::refused,
        std::array{above().number(number()), above().number(static_cast<std::uint32_t>(error.refused.code)),
                   above().list(context), describe(above(), error.request)});
}

void listening::change_headers(bool first, transports::header_list& headers, const engine::request& asking) {
    if (!hooks_.headers || !enter()) return;
    const javascript::values made(above());
    std::vector<napi_value> before;
    for (const auto& each : headers) {
        before.push_back(above().latin1(each.name));
        before.push_back(above().latin1(each.value));
    }
    napi_value after =
        above().call(javascript::event::headers, std::array{above().number(number()), above().boolean(first),
                                                            above().list(before), describe(above(), asking)});
    const std::vector<std::string> wished = after ? above().texts(after) : std::vector<std::string>{};
    for (std::size_t i = 0; i + 1 < wished.size(); i += 2) headers.erase(wished[i]);
    for (std::size_t i = 0; i + 1 < wished.size(); i += 2) headers.add(wished[i], wished[i + 1]);
}

void listening::hand_back(const given_back& what) {
    if (!enter()) {
        ::close(what.descriptor);
        return;
    }
    const javascript::values made(above());
    above().call(
        javascript::event::handed,
        std::array{above().number(number()), above().number(static_cast<std::uint32_t>(what.descriptor)),
                   above().bytes(what.read), above().bytes(what.unsent),
                   above().latin1(what.first.remote_address()), above().number(what.first.remote_port()),
                   above().boolean(what.first.secure())});
}

}  // namespace kedge::node
