#include <kedge/transports/websocket/ws_peer.hpp>

#include <utility>

#include <kedge/transports/websocket/ws_closing.hpp>
#include <kedge/transports/websocket/ws_group.hpp>

namespace kedge::transports {

namespace {

constexpr std::size_t large_message = 64 * 1024;  // came piece by piece, and is read as a whole
// Of many messages in a row: bytes behind which the clock is asked whether others wait, and how many a
// message counts more than it has.
constexpr std::size_t between_looks = 4096;
constexpr std::size_t cost_of_a_message = 256;

}  // namespace

ws_peer::ws_peer(ws_group& home, stream_ptr on, std::unique_ptr<ws_deflate> deflate, ws_owner& owner)
    : home_(home),
      owner_(owner),
      stream_(std::move(on)),
      deflate_(std::move(deflate)),
      decoder_(home.limits().max_message, deflate_.get()) {
    stream_->owner(*this);
}

ws_peer::ws_peer(ws_group& home, detached_stream on, std::unique_ptr<ws_deflate> deflate, ws_owner& owner)
    : home_(home),
      owner_(owner),
      stream_(make_stream(home.home(), std::move(on), *this)),
      deflate_(std::move(deflate)),
      decoder_(home.limits().max_message, deflate_.get()) {}

ws_peer::~ws_peer() = default;

// ---- what arrives

void ws_peer::on_bytes(std::span<char> bytes) {
    take(bytes);
    if (arriving_ || !decoder_.idle()) count_arriving();
}

void ws_peer::count_arriving() {
    const std::size_t held = open() ? decoder_.held() : 0;
    if (held < engine::arrivals::least && !arriving_) return;
    if (!arriving_) {
        engine::arrival_owner& self = *this;
        arriving_ = std::make_unique<engine::arrival>(home_.home().arriving(), self);
    }
    arriving_->set(held);
}

void ws_peer::on_cut() noexcept {
    if (!open()) return;
    stream_->abort();
    home_.home().guarded([this] {
        owner_.on_close(*this, {ws_end::kind::starved, 1006, "too much arrives, and this took longest"});
    });
}

void ws_peer::take(std::span<char> bytes) {
    decoder_.begin_share();
    std::size_t taken = 0;
    while (open()) {
        const ws_event event = decoder_.next(bytes);
        if (event.what == ws_event::kind::need_more) return;
        if (event.what == ws_event::kind::enough) {
            home_.home().worked(ws_decoder::inflated_at_once);
            return stream_->put_back(bytes);
        }
        on_event(event, bytes);
        taken += event.data.size() + cost_of_a_message;
        if (taken < between_looks || bytes.empty()) continue;
        taken = 0;
        if (open() && home_.home().late()) return stream_->put_back(bytes);
    }
    if (heir_) heir_->read(bytes);
}

void ws_peer::on_event(const ws_event& what, std::span<char> rest) {
    switch (what.what) {
        case ws_event::kind::text:
        case ws_event::kind::binary:
            return on_message(what, rest);
        case ws_event::kind::ping:
            if (pong(what.data)) owner_.on_ping(*this, what.data);
            return;
        case ws_event::kind::close:
            return on_close_frame(what);
        case ws_event::kind::error:
            return on_violation(what);
        case ws_event::kind::pong:
            return owner_.on_pong(*this, what.data);
        case ws_event::kind::need_more:
        case ws_event::kind::enough:
            return;
    }
}

void ws_peer::on_message(const ws_event& what, std::span<char> rest) {
    if (what.data.size() > large_message) home_.home().worked(what.data.size());
    const spare_byte spare(rest);
    // One handler's exception must not cost the frames behind it; what found no memory must.
    const bool done = home_.home().within_memory([&] {
        if (what.what == ws_event::kind::text)
            owner_.on_text(*this, what.data);
        else
            owner_.on_binary(*this, what.data);
    });
    if (!done) fail();
}

/// False when a peer that only asks and never reads is no longer answered.
bool ws_peer::pong(std::span<const char> data) {
    if (shut_) return true;
    if (!stream_->writable() && stream_->unsent() > home_.limits().max_unsent) {
        owner_.on_close(*this, {ws_end::kind::flooded, 1008, "too much unsent data"});
        return false;
    }
    append_frame(stream_->output(), ws_opcode::pong, {data.data(), data.size()});
    return true;
}

void ws_peer::on_close_frame(const ws_event& what) {
    const std::string_view reason(what.data.data(), what.data.size());
    if (what.code == 1005)
        say_goodbye(0, {});
    else
        say_goodbye(what.code, reason);
    stream_->close();
    owner_.on_close(*this, {ws_end::kind::closed, what.code, reason});
}

void ws_peer::on_violation(const ws_event& what) {
    owner_.on_breach(*this);
    if (!open()) return;
    say_goodbye(what.code, {});
    stream_->close();
    owner_.on_close(*this, {ws_end::kind::violation, what.code, what.description});
}

void ws_peer::on_end() {
    stream_->close();
    owner_.on_close(*this, {});
}

void ws_peer::on_drain() {
    owner_.on_drain(*this);
}

void ws_peer::on_fault() noexcept {
    home_.home().guarded([this] { owner_.on_close(*this, {ws_end::kind::starved, 1006, "out of memory"}); });
}

void ws_peer::fail() noexcept {
    if (!open()) return;
    stream_->abort();
    on_fault();
}

// ---- what is sent

void ws_peer::text(std::string_view text) {
    if (sends()) send(ws_opcode::text, text.size(), [text](std::string& to) { to.append(text); });
}

void ws_peer::binary(std::string_view data) {
    if (sends()) send(ws_opcode::binary, data.size(), [data](std::string& to) { to.append(data); });
}

/// The frame is built once, by whichever peer needs it first.
void ws_peer::send(const engine::message_ptr& shared) {
    if (!sends()) return;
    const bool is_text = shared->content() == engine::content_kind::text;
    if (compresses() && shared->compress()) return is_text ? text(shared->data()) : binary(shared->data());
    const std::string_view frame =
        shared->form(engine::wire_form::plain_websocket, [is_text](const engine::message& from) {
            std::string built;
            built.reserve(from.data().size() + max_frame_head);
            append_frame(built, is_text ? ws_opcode::text : ws_opcode::binary, from.data());
            return built;
        });
    send_frame(frame, shared);
}

void ws_peer::send_lent(ws_opcode kind, std::string_view before, std::string_view data,
                        const engine::message_ptr& keep) {
    std::string& out = stream_->output();
    append_frame_head(out, kind, before.size() + data.size());
    out += before;
    stream_->write(data, keep);
}

/// What comes behind others in a busy turn is sent as it is.
bool ws_peer::may_deflate(std::size_t size) noexcept {
    return deflate_->worthwhile(size) && home_.compressing().take(home_.home().turn(), size);
}

void ws_peer::send_deflated(ws_opcode kind, std::string_view plain) {
    std::string deflated;
    std::string& out = stream_->output();
    if (!deflate_->deflate(plain, deflated)) return append_frame(out, kind, plain);
    append_deflated_frame_head(out, kind, deflated.size());
    out.append(deflated);
}

void ws_peer::ping(std::string_view data) {
    constexpr std::size_t longest = 125;
    if (sends()) append_frame(stream_->output(), ws_opcode::ping, data.substr(0, longest));
}

// ---- the end

/// The close frame, unless it was sent before.
void ws_peer::say_goodbye(std::uint16_t code, std::string_view reason) {
    if (std::exchange(shut_, true)) return;
    if (code == 0)
        append_close_frame(stream_->output());
    else
        append_close_frame(stream_->output(), code, reason);
}

void ws_peer::close() {
    close(0);
}

void ws_peer::close(std::uint16_t code, std::string_view reason) {
    if (!open()) return;
    say_goodbye(code, reason);
    part();
}

void ws_peer::shut(std::uint16_t code, std::string_view reason) {
    if (open()) say_goodbye(code, reason);
}

void ws_peer::hang_up() noexcept {
    if (open()) stream_->close();
}

void ws_peer::abort() noexcept {
    if (open()) stream_->abort();
}

/// The rest of the close handshake outlives the owner.
void ws_peer::part() {
    auto rest =
        std::make_unique<ws_closing>(home_, std::move(stream_), std::move(decoder_), std::move(deflate_));
    heir_ = rest.get();
    home_.keep(std::move(rest));
}

}  // namespace kedge::transports
