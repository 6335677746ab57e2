#include <kedge/sockjs/raw_member.hpp>

#include <utility>

#include <kedge/engine/utf8.hpp>
#include <kedge/sockjs/service.hpp>

namespace kedge::sockjs {

using transports::ws_end;
using transports::ws_peer;

raw_member::raw_member(transports::http_share& home, service& of, member_owner& owner,
                       engine::request_ptr first, transports::ws_group& group, transports::ws_accepted& on)
    : member(home, of, owner, std::move(first), "websocket-raw"),
      peer_(group, std::move(on.on), std::move(on.deflate), *this) {}

void raw_member::begin(std::span<char> rest) {
    introduce();
    if (peer_.open()) peer_.read(rest);
}

/// Whether there is room for a message; without it the client is cut.
bool raw_member::takes(std::size_t size) {
    if (over_ || !peer_.open()) return false;
    of().counted.messages_out.fetch_add(1, std::memory_order_relaxed);
    if (peer_.unsent() == 0 || peer_.unsent() + size <= of().terms.max_buffered_bytes) return true;
    peer_.abort();
    finish(1006, "too much unsent data");
    return false;
}

void raw_member::say(std::string_view message) {
    if (!takes(message.size())) return;
    if (engine::valid_utf8(message)) return peer_.text(message);
    peer_.text(engine::repair_utf8(message));
}

void raw_member::say_bytes(std::string_view message) {
    if (!takes(message.size())) return;
    if (engine::valid_utf8(message)) return peer_.text(message);
    peer_.binary(message);
}

void raw_member::want_room(std::function<void()> told) {
    member::want_room(std::move(told));
    peer_.want_drain();
}

void raw_member::close(std::uint16_t code, std::string_view reason) {
    if (over_) return;
    if (peer_.open()) peer_.close(code, reason);
    finish(code, reason);
}

void raw_member::on_text(ws_peer&, std::span<char> text) {
    if (!over_) tell_message({text.data(), text.size()});
}

/// As bytes that are a message all the same.
void raw_member::on_binary(ws_peer&, std::span<char> data) {
    if (!over_) tell_message({data.data(), data.size()});
}

void raw_member::on_close(ws_peer&, const ws_end& end) {
    if (end.how == ws_end::kind::flooded) peer_.abort();
    finish(end.code, end.reason);
}

void raw_member::finish(std::uint16_t code, std::string_view reason) {
    if (std::exchange(over_, true)) return;
    tell_close(code, reason);
    depart();
}

}  // namespace kedge::sockjs
