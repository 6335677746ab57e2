#include <kedge/transports/net/detached_stream.hpp>

#include <cerrno>
#include <system_error>
#include <utility>

#include <kedge/transports/loop/kernel.hpp>
#include <kedge/transports/loop/worker.hpp>
#include <kedge/transports/net/connection_limits.hpp>
#include <kedge/transports/net/peer_guard.hpp>
#include <kedge/transports/net/rope.hpp>
#include <kedge/transports/net/socket_address.hpp>
#include <kedge/transports/net/tls_state.hpp>

namespace kedge::transports {

seat::seat(worker& at) noexcept : at_(&at) {
    at.count_connection(true);
}

seat::seat(seat&& other) noexcept : at_(std::exchange(other.at_, nullptr)) {}

seat& seat::operator=(seat&& other) noexcept {
    std::swap(at_, other.at_);
    return *this;
}

seat::~seat() {
    if (at_) at_->count_connection(false);
}

detached_stream::detached_stream() = default;

detached_stream::detached_stream(detached_stream&& other) noexcept
    : descriptor(std::exchange(other.descriptor, -1)),
      outlet(std::move(other.outlet)),
      tls(std::move(other.tls)),
      from(std::move(other.from)),
      unread(std::move(other.unread)),
      unsent(std::move(other.unsent)),
      permit(std::move(other.permit)),
      peer(std::move(other.peer)),
      place(std::move(other.place)) {}

detached_stream& detached_stream::operator=(detached_stream&& other) noexcept {
    std::swap(descriptor, other.descriptor);
    outlet = std::move(other.outlet);
    tls = std::move(other.tls);
    from = std::move(other.from);
    unread = std::move(other.unread);
    unsent = std::move(other.unsent);
    permit = std::move(other.permit);
    peer = std::move(other.peer);
    place = std::move(other.place);
    return *this;
}

detached_stream::~detached_stream() {
    if (descriptor >= 0) os().close(descriptor);
}

detached_stream adopt(int descriptor, std::string read, std::shared_ptr<tls_context> tls) {
    detached_stream adopted;
    adopted.descriptor = descriptor;
    if (!prepare_connected(descriptor)) throw std::system_error(errno, std::system_category(), "fcntl");
    adopted.from = origin_of(socket_address::peer(descriptor));
    adopted.unread = std::move(read);
    if (tls) start_tls(adopted, std::move(tls));
    return adopted;
}

detached_stream carried_by(std::unique_ptr<stream_outlet> outlet, std::string read) {
    detached_stream carried;
    carried.outlet = std::move(outlet);
    carried.unread = std::move(read);
    return carried;
}

void start_tls(detached_stream& plain, std::shared_ptr<tls_context> context) {
    plain.tls = std::make_unique<tls_state>(std::move(context));
    plain.from.secure = true;
}

}  // namespace kedge::transports
