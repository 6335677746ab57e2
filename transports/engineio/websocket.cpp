#include <kedge/transports/engineio/websocket.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include <kedge/engine/base64.hpp>
#include <kedge/transports/engineio/engine_share.hpp>

namespace kedge::transports {

namespace {

// From here on a frame's head goes by itself, and the bytes behind it are sent from where they lie.
constexpr std::size_t lent_from = std::size_t{16} * 1024;

struct frame_shape {
    ws_opcode opcode;
    std::size_t size;
};

/// The frame that append_packet() fills.
frame_shape shape_of(const engine::outbound& what, engine::revision protocol, bool base64) {
    const bool v3 = protocol == engine::revision::v3;
    if (what.content == engine::content_kind::text) return {ws_opcode::text, 1 + what.data.size()};
    if (base64) return {ws_opcode::text, (v3 ? 2u : 1u) + engine::base64_size(what.data.size())};
    return {ws_opcode::binary, (v3 ? 1u : 0u) + what.data.size()};
}

engine::wire_form form_of(const engine::message& shared, engine::revision protocol, bool base64) {
    const bool binary = shared.content() == engine::content_kind::binary;
    if (!binary) return engine::wire_form::websocket;  // text is the same for all
    if (protocol == engine::revision::v3)
        return base64 ? engine::wire_form::websocket_base64_v3 : engine::wire_form::websocket_v3;
    return base64 ? engine::wire_form::websocket_base64 : engine::wire_form::websocket;
}

}  // namespace

websocket::websocket(engine_share& home, ws_accepted& on, const websocket_terms& terms)
    : protocol_(terms.protocol),
      base64_(terms.base64),
      peer_(home.websockets(), std::move(on.on), std::move(on.deflate), *this) {}

// ---- what arrives

void websocket::on_text(ws_peer&, std::span<char> text) {
    engine::packet received;
    receive(engine::decode_text(text, protocol_, received), received);
}

void websocket::on_binary(ws_peer&, std::span<char> data) {
    engine::packet received;
    receive(engine::decode_binary(data, protocol_, received), received);
}

void websocket::receive(engine::decoded came, engine::packet& received) {
    if (came == engine::decoded::packet) owner()->on_packet(*this, received, nullptr);
    if (came == engine::decoded::garbage) owner()->on_garbage(*this);
}

void websocket::on_close(ws_peer&, const ws_end& end) {
    const bool broken = end.how == ws_end::kind::violation || end.how == ws_end::kind::flooded ||
                        end.how == ws_end::kind::starved;
    if (broken) return owner()->on_error(*this, end.reason);
    owner()->on_close(*this);
}

// ---- what is sent

void websocket::send(std::span<const engine::outbound> packets) {
    if (!peer_.open()) return;
    for (const engine::outbound& each : packets) send_one(each);
}

void websocket::send_one(const engine::outbound& what) {
    if (what.shared && *what.shared && what.type == engine::packet_type::message && !peer_.compresses())
        return send_shared(*what.shared);
    const frame_shape shape = shape_of(what, protocol_, base64_);
    peer_.send(shape.opcode, shape.size,
               [this, &what](std::string& to) { engine::append_packet(to, what, protocol_, base64_); });
}

/// The frame is built once, by whichever client needs it first; a large message is not copied into one.
void websocket::send_shared(const engine::message_ptr& shared) {
    const bool as_text = base64_ && shared->content() == engine::content_kind::binary;
    if (shared->data().size() >= lent_from && !as_text) return send_large(shared);
    const std::string_view whole =
        shared->form(form_of(*shared, protocol_, base64_), [this](const engine::message& from) {
            const engine::outbound packet{.content = from.content(), .data = from.data()};
            const frame_shape shape = shape_of(packet, protocol_, base64_);
            std::string built;
            built.reserve(shape.size + max_frame_head);
            append_frame_head(built, shape.opcode, shape.size);
            engine::append_packet(built, packet, protocol_, base64_);
            return built;
        });
    peer_.send_frame(whole, shared);
}

void websocket::send_large(const engine::message_ptr& shared) {
    const engine::outbound nothing{.content = shared->content(), .data = {}};
    std::string before;
    engine::append_packet(before, nothing, protocol_, false);
    const bool is_text = shared->content() == engine::content_kind::text;
    peer_.send_lent(is_text ? ws_opcode::text : ws_opcode::binary, before, shared->data(), shared);
}

// ---- the end

void websocket::close() {
    if (!peer_.open()) return;
    peer_.close();
    owner()->on_close(*this);
}

void websocket::discard() {
    if (peer_.writable()) return peer_.close();
    peer_.abort();  // nothing that is said now would be heard
}

}  // namespace kedge::transports
