#include <socketio/conn.hpp>

#include <utility>

#include <engine/session.hpp>
#include <socketio/client.hpp>
#include <socketio/desk.hpp>
#include <socketio/socket_state.hpp>

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

// An exception is the socket's to report.
void conn::on_upgrade(std::function<void(std::string_view transport)> handler) const {
    auto* below = above_->owner();
    if (!below) return;
    below->add_upgrade_handler([above = above_, handler = std::move(handler)](std::string_view transport) {
        above->guarded("upgrade", [&] { handler(transport); });
    });
}

void conn::close(bool discard) const {
    above_->home().run([above = above_, discard] {
        if (auto* below = above->owner()) below->session().close(discard);
    });
}

}  // namespace kedge
