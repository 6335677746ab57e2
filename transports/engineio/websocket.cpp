#include <kedge/transports/engineio/websocket.hpp>

#include <utility>

#include <kedge/engine/base64.hpp>
#include <kedge/engine/packet_codec.hpp>
#include <kedge/transports/engineio/engine_share.hpp>
#include <kedge/transports/websocket/parting.hpp>

namespace kedge::transports {

namespace {

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

void append_packet_frame(std::string& to, const engine::outbound& what, engine::revision protocol,
                         bool base64) {
    const frame_shape shape = shape_of(what, protocol, base64);
    append_frame_head(to, shape.opcode, shape.size);
    engine::append_packet(to, what, protocol, base64);
}

engine::wire_form form_of(const engine::message& shared, engine::revision protocol, bool base64) {
    const bool binary = shared.content() == engine::content_kind::binary;
    if (!binary) return engine::wire_form::websocket;  // text is the same for all
    if (protocol == engine::revision::v3)
        return base64 ? engine::wire_form::websocket_base64_v3 : engine::wire_form::websocket_v3;
    return base64 ? engine::wire_form::websocket_base64 : engine::wire_form::websocket;
}

}  // namespace

websocket::websocket(engine_share& home, std::unique_ptr<stream> on, websocket_terms terms)
    : home_(home),
      stream_(std::move(on)),
      deflate_(std::move(terms.deflate)),
      protocol_(terms.protocol),
      base64_(terms.base64),
      decoder_(home.options().engine.max_http_buffer_size, deflate_.get()) {
    stream_->owner(*this);
}

websocket::~websocket() = default;

bool websocket::writable() const noexcept {
    return open() && stream_->writable();
}
std::size_t websocket::unsent() const noexcept {
    return open() ? stream_->unsent() : 0;
}
void websocket::want_drain() {
    if (open()) stream_->want_drain();
}

// ---- what arrives

void websocket::on_bytes(std::span<char> bytes) {
    std::size_t inflated = 0;
    while (open()) {
        if (inflated > ws_decoder::inflated_at_once) return stream_->put_back(bytes);
        const ws_event event = decoder_.next(bytes);
        if (event.what == ws_event::kind::need_more) return;
        on_event(event, bytes);
        inflated += event.inflated;
    }
    if (heir_) heir_->read(bytes);
}

void websocket::on_event(const ws_event& what, std::span<char> rest) {
    switch (what.what) {
        case ws_event::kind::text:
        case ws_event::kind::binary:
            return on_message(what, rest);
        case ws_event::kind::ping:
            return pong(what.data);
        case ws_event::kind::close:
            return on_close_frame(what);
        case ws_event::kind::error:
            return on_violation(what);
        case ws_event::kind::pong:
        case ws_event::kind::need_more:
            return;
    }
}

void websocket::on_message(const ws_event& what, std::span<char> rest) {
    const spare_byte spare(rest);
    engine::packet received;
    const engine::decoded came = what.what == ws_event::kind::text
                                     ? engine::decode_text(what.data, protocol_, received)
                                     : engine::decode_binary(what.data, protocol_, received);
    // One handler's exception must not cost the frames behind it.
    home_.home().guarded([&] {
        if (came == engine::decoded::packet) owner()->on_packet(*this, received, nullptr);
        if (came == engine::decoded::garbage) owner()->on_garbage(*this);
    });
}

void websocket::pong(std::span<const char> data) {
    // A peer that only asks and never reads is not answered for ever.
    if (!stream_->writable() && stream_->unsent() > home_.options().engine.buffer_limit())
        return owner()->on_error(*this, "too much unsent data");
    append_frame(stream_->output(), ws_opcode::pong, {data.data(), data.size()});
}

void websocket::on_close_frame(const ws_event& what) {
    if (what.code == 1005) {
        append_close_frame(stream_->output());
    } else {
        append_close_frame(stream_->output(), what.code, {what.data.data(), what.data.size()});
    }
    stream_->close();
    owner()->on_close(*this);
}

void websocket::on_violation(const ws_event& what) {
    append_close_frame(stream_->output(), what.code);
    stream_->close();
    owner()->on_error(*this, what.description);
}

void websocket::on_end() {
    stream_->close();
    owner()->on_close(*this);
}

void websocket::on_drain() {
    owner()->on_drain(*this);
}

// ---- what is sent

void websocket::send(std::span<const engine::outbound> packets) {
    if (!open()) return;
    for (const engine::outbound& each : packets) send_one(each);
}

void websocket::send_one(const engine::outbound& what) {
    if (deflate_) return send_deflated(what);
    if (what.shared && *what.shared && what.type == engine::packet_type::message)
        return send_shared(*what.shared);
    append_packet_frame(stream_->output(), what, protocol_, base64_);
}

/// The frame is built once, by whichever client needs it first.
void websocket::send_shared(const engine::message_ptr& shared) {
    const std::string_view whole =
        shared->form(form_of(*shared, protocol_, base64_), [this](const engine::message& from) {
            const engine::outbound packet{.content = from.content(), .data = from.data()};
            std::string built;
            built.reserve(shape_of(packet, protocol_, base64_).size + max_frame_head);
            append_packet_frame(built, packet, protocol_, base64_);
            return built;
        });
    stream_->write(whole, shared);
}

void websocket::send_deflated(const engine::outbound& what) {
    const frame_shape shape = shape_of(what, protocol_, base64_);
    const bool worth_it =
        deflate_->worthwhile(shape.size) && home_.compressing().take(home_.home().turn(), shape.size);
    if (!worth_it) return append_packet_frame(stream_->output(), what, protocol_, base64_);
    std::string plain;
    plain.reserve(shape.size);
    engine::append_packet(plain, what, protocol_, base64_);
    std::string deflated;
    std::string& out = stream_->output();
    if (!deflate_->deflate(plain, deflated)) return append_frame(out, shape.opcode, plain);
    append_deflated_frame_head(out, shape.opcode, deflated.size());
    out.append(deflated);
}

// ---- the end

void websocket::close() {
    if (!open()) return;
    append_close_frame(stream_->output());
    part();
    owner()->on_close(*this);
}

void websocket::discard() {
    if (!open()) return;
    if (!stream_->writable()) return stream_->abort();  // nothing that is said now would be heard
    append_close_frame(stream_->output());
    part();
}

/// The rest of the close handshake outlives the session.
void websocket::part() {
    auto rest = std::make_unique<parting>(home_.http(), std::move(stream_), std::move(decoder_),
                                          std::move(deflate_), home_.options().close_frame_timeout);
    heir_ = rest.get();
    home_.http().admit(std::move(rest));
}

}  // namespace kedge::transports
