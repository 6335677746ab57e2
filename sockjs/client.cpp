#include <kedge/sockjs/client.hpp>

#include <utility>

#include <kedge/socketio/face/nsp.hpp>
#include <kedge/sockjs/client_end.hpp>

namespace kedge::sockjs {

const std::string& client::id() const noexcept {
    return link_->id;
}

const engine::request& client::request() const noexcept {
    return *link_->request;
}

std::string_view client::transport() const noexcept {
    return link_->transport;
}

bool client::connected() const noexcept {
    return link_->connected;
}

void client::send(std::string_view message) const {
    if (link_->on_its_thread()) {
        if (link_->at) link_->at->say(message);
        return;
    }
    client_link::pass(link_, [kept = std::string(message)](client_end& to) { to.say(kept); });
}

void client::close(std::uint16_t code, std::string_view reason) const {
    client_link::pass(link_, [code, kept = std::string(reason)](client_end& to) { to.close(code, kept); });
}

void client::join(const nsp& where, std::string_view room) const {
    client_link::pass(
        link_, [to = where.state(), kept = std::string(room)](client_end& who) { who.join(to, kept); });
}

void client::leave(const nsp& where, std::string_view room) const {
    client_link::pass(
        link_, [to = where.state(), kept = std::string(room)](client_end& who) { who.leave(to, kept); });
}

void client::on_message(std::function<void(std::string_view)> handler) const {
    client_link::pass(
        link_, [kept = std::move(handler)](client_end& to) mutable { to.on_message(std::move(kept)); });
}

void client::on_close(std::function<void(std::uint16_t, std::string_view)> handler) const {
    client_link::pass(link_,
                      [kept = std::move(handler)](client_end& to) mutable { to.on_close(std::move(kept)); });
}

}  // namespace kedge::sockjs
