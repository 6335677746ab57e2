#include <kedge/sockjs/websocket_member.hpp>

#include <string>
#include <utility>

#include <kedge/sockjs/payload.hpp>
#include <kedge/sockjs/service.hpp>
#include <kedge/transports/http/http_share.hpp>

namespace kedge::sockjs {

using transports::ws_end;
using transports::ws_peer;

websocket_member::websocket_member(transports::http_share& home, service& of, member_owner& owner,
                                   engine::request_ptr first, transports::ws_group& group,
                                   transports::ws_accepted& on)
    : member(home, of, owner, std::move(first), "websocket"),
      session_(home.home(), of.terms, *this, of.kept),
      peer_(group, std::move(on.on), std::move(on.deflate), *this),
      pong_(engine::timer::calls<&websocket_member::on_silence, websocket_member>(), this) {}

void websocket_member::begin(std::span<char> rest) {
    session_.attach(*this);
    introduce();
    peer_.read(rest);
}

void websocket_member::say(std::string_view message) {
    of().counted.messages_out.fetch_add(1, std::memory_order_relaxed);
    session_.send(message);
}

void websocket_member::say_written(std::string_view, const std::string& written) {
    of().counted.messages_out.fetch_add(1, std::memory_order_relaxed);
    session_.send_written(written);
}

// ---- what the session sends

bool websocket_member::send(std::string_view frame) {
    if (!peer_.open()) return true;  // its end is on the way
    if (peer_.unsent() > 0 && peer_.unsent() + frame.size() > of().terms.max_buffered_bytes) {
        peer_.abort();
        session_.lose(*this, "too much unsent data");
        return true;
    }
    peer_.text(frame);
    return true;
}

void websocket_member::want_room(std::function<void()> told) {
    member::want_room(std::move(told));
    peer_.want_drain();
}

/// What was said in this turn may have yet to reach the peer.
void websocket_member::on_drain(ws_peer& which) {
    if (session_.waiting_bytes() > 0) return which.want_drain();
    tell_room();
}

bool websocket_member::beat() {
    if (!peer_.open()) return true;
    peer_.ping();
    if (!pong_.armed()) home().home().timers().arm(pong_, home().home().now() + of().terms.pong_timeout);
    return true;
}

void websocket_member::on_silence(engine::time_point) {
    session_.close(3000, "No response from heartbeat");
}

void websocket_member::end() {
    pong_.disarm();
    if (peer_.open()) peer_.close(1000, "Normal closure");
}

// ---- what the client sends

void websocket_member::on_text(ws_peer&, std::span<char> text) {
    if (text.empty()) return;
    payload got = read_message(std::string(text.data(), text.size()));
    if (got.what == payload::outcome::read) return session_.receive(std::move(got.messages));
    peer_.close(3000, "Broken framing.");
    session_.lose(*this, "Broken framing.");
}

void websocket_member::on_binary(ws_peer&, std::span<char>) {
    peer_.close(1003, "Text is expected");
    session_.lose(*this, "Text is expected");
}

void websocket_member::on_close(ws_peer&, const ws_end& end) {
    if (end.how == ws_end::kind::flooded) peer_.abort();
    session_.lose(*this, "Connection closed");
}

}  // namespace kedge::sockjs
