#include <kedge/socketio/face/conn.hpp>

#include <memory>
#include <utility>

#include <kedge/engine/session.hpp>
#include <kedge/socketio/core/conn_watch.hpp>
#include <kedge/socketio/core/desk.hpp>
#include <kedge/socketio/core/socket_state.hpp>

namespace kedge {

std::string conn::id() const {
    auto* below = above_->owner();
    return below ? std::string(below->session().id()) : std::string();
}

std::string_view conn::transport_name() const {
    auto* below = above_->owner();
    return below ? engine::to_string(below->session().kind()) : std::string_view();
}

int conn::protocol() const {
    auto* below = above_->owner();
    return below ? static_cast<int>(below->session().revision()) : 0;
}

std::string_view conn::remote_address() const {
    return request() ? request()->remote_address() : std::string_view();
}

const engine::request* conn::request() const {
    return above_->request();
}

std::size_t conn::unsent() const {
    auto* below = above_->owner();
    return below ? below->session().unsent() : 0;
}

void conn::on_upgrade(std::function<void(std::string_view transport)> handler) const {
    watch(&conn_watch::upgrade, "upgrade", std::move(handler));
}

void conn::on_packet(std::function<void(const conn_packet&)> handler) const {
    watch(&conn_watch::packet, "packet", std::move(handler));
}

void conn::on_packet_create(std::function<void(const conn_packet&)> handler) const {
    watch(&conn_watch::packet_create, "packetCreate", std::move(handler));
}

void conn::on_drain(std::function<void()> handler) const {
    watch(&conn_watch::drain, "drain", std::move(handler));
}

// An exception is the socket's to report.
template <class List, class... Args>
void conn::watch(List conn_watch::*which, std::string_view event,
                 std::function<void(Args...)> handler) const {
    auto* below = above_->owner();
    if (!below || above_->left()) return;
    auto told = [above = above_, event, handler = std::move(handler)](Args... args) {
        above->guarded(event, [&] { handler(args...); });
    };
    (below->watch().*which)
        .push_back({above_.get(), std::make_shared<const std::function<void(Args...)>>(std::move(told))});
}

void conn::close(bool discard) const {
    above_->home().run([above = above_, discard] {
        if (auto* below = above->owner()) below->session().close(discard);
    });
}

}  // namespace kedge
