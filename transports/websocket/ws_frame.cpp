#include <kedge/transports/websocket/ws_frame.hpp>

#include <algorithm>
#include <array>
#include <utility>

#include <kedge/engine/utf8.hpp>
#include <kedge/transports/websocket/ws_deflate.hpp>
#include <kedge/transports/websocket/ws_head.hpp>

namespace kedge::transports {

namespace {

constexpr std::size_t max_control_payload = 125;
constexpr std::uint64_t paid_by = 32;  // bytes of payload, which a fragment costs about
constexpr std::uint64_t max_safe_integer = (std::uint64_t{1} << 53) - 1;
constexpr std::string_view invalid_utf8 = "Invalid WebSocket frame: invalid UTF-8 sequence";
constexpr std::string_view too_big = "Max payload size exceeded";
constexpr std::uint16_t protocol_error = 1002;
constexpr std::uint16_t no_status = 1005;
constexpr std::uint16_t invalid_data = 1007;
constexpr std::uint16_t policy_violation = 1008;
constexpr std::uint16_t message_too_big = 1009;

/// Codes that a peer may send in a close frame.
bool valid_close_code(unsigned code) noexcept {
    if (code >= 3000 && code <= 4999) return true;
    return code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006;
}

std::string_view view(std::span<const char> bytes) noexcept {
    return {bytes.data(), bytes.size()};
}

ws_event event(ws_event::kind what, std::span<char> data) noexcept {
    ws_event made;
    made.what = what;
    made.data = data;
    return made;
}

ws_event::kind kind_of(ws_opcode opcode) noexcept {
    switch (opcode) {
        case ws_opcode::text:
            return ws_event::kind::text;
        case ws_opcode::ping:
            return ws_event::kind::ping;
        case ws_opcode::pong:
            return ws_event::kind::pong;
        case ws_opcode::close:
            return ws_event::kind::close;
        case ws_opcode::continuation:
        case ws_opcode::binary:
            break;
    }
    return ws_event::kind::binary;
}

}  // namespace

/// A frame or a message of which a part has come. Lives until what it holds has been handed out and used.
struct ws_decoder::partial {
    // the frame under way
    std::array<char, max_client_head> head_bytes{};
    std::uint8_t head_size = 0;
    ws_head head;  // its size is 0 while it is incomplete
    std::uint64_t taken = 0;
    std::array<char, max_control_payload + 1> control{};

    // the message under way
    bool in_message = false;
    bool compressed = false;
    ws_opcode opcode = ws_opcode::text;
    std::uint32_t fragments = 0;
    std::uint64_t announced = 0;  // payload bytes of its frames
    std::string message;
    engine::utf8_validator utf8;

    bool handed_out = false;  // what is held was handed out, and may go unless a message is under way
};

ws_decoder::ws_decoder(std::size_t limit, ws_deflate* deflate) noexcept : limit_(limit), deflate_(deflate) {}
ws_decoder::ws_decoder(ws_decoder&&) noexcept = default;
ws_decoder& ws_decoder::operator=(ws_decoder&&) noexcept = default;
ws_decoder::~ws_decoder() = default;

ws_decoder::partial& ws_decoder::keep() {
    if (!partial_) partial_ = std::make_unique<partial>();
    return *partial_;
}

void ws_decoder::drop_messages() noexcept {
    dropping_ = true;
    begin_share();  // the last one: nothing is inflated any more
    // One that has come whole may be in use.
    if (partial_ && partial_->in_message) std::string().swap(partial_->message);
}

std::size_t ws_decoder::held() const noexcept {
    return partial_ && !ended_ ? sizeof(partial) + partial_->message.capacity() : 0;
}

ws_event ws_decoder::fail(std::uint16_t code, std::string_view description) {
    partial& kept = keep();
    kept.message = description;
    kept.handed_out = true;
    kept.in_message = false;
    ended_ = true;
    ws_event made;
    made.what = ws_event::kind::error;
    made.code = code;
    made.description = kept.message;
    return made;
}

ws_event ws_decoder::next(std::span<char>& bytes) {
    if (partial_ && (ended_ || (partial_->handed_out && !partial_->in_message))) partial_.reset();
    if (ended_) bytes = {};
    if (bytes.empty()) return {};
    if (share_left_ == 0) return event(ws_event::kind::enough, {});
    if (!partial_ && bytes.size() >= 2) {
        const auto quick = whole_frame(bytes);
        if (quick) return *quick;
    }
    return in_pieces(bytes);
}

/// The common case: one frame, all of it in the buffer, and no other under way. Nothing is kept or copied.
std::optional<ws_event> ws_decoder::whole_frame(std::span<char>& bytes) {
    if (!plain_message(bytes[0], bytes[1])) {
        const std::string fault = ws_head_fault(bytes, {false, deflate_ != nullptr});
        if (!fault.empty()) return fail(protocol_error, fault);
    }
    const ws_head head = read_ws_head(bytes);
    if (head.size == 0 || head.length > bytes.size() - head.size) return std::nullopt;
    if (!head.control() && (!head.final || head.compressed || head.length > limit_)) return std::nullopt;

    const std::span<char> payload = bytes.subspan(head.size, static_cast<std::size_t>(head.length));
    bytes = bytes.subspan(head.size + payload.size());
    const bool ascii = unmask(payload, head.mask, 0);
    if (head.opcode == ws_opcode::close) return close(payload);
    if (head.opcode == ws_opcode::text && !ascii && !engine::valid_utf8(view(payload)))
        return fail(invalid_data, invalid_utf8);
    return event(kind_of(head.opcode), payload);
}

/// The general case: takes the bytes as they come, until something is complete.
ws_event ws_decoder::in_pieces(std::span<char>& bytes) {
    while (!bytes.empty()) {
        if (share_left_ == 0) return event(ws_event::kind::enough, {});  // within a message of many fragments
        partial& kept = keep();
        kept.handed_out = false;
        if (kept.head.size == 0)
            if (const auto fault = take_head(bytes)) return *fault;
        if (kept.head.size == 0) break;
        if (const auto what = take_payload(bytes)) return *what;  // also when the payload is empty
    }
    return {};
}

std::optional<ws_event> ws_decoder::take_head(std::span<char>& bytes) {
    partial& kept = *partial_;
    while (!bytes.empty() && kept.head.size == 0) {
        kept.head_bytes[kept.head_size++] = bytes.front();
        bytes = bytes.subspan(1);
        const std::span<const char> so_far = std::span(kept.head_bytes).first(kept.head_size);
        if (kept.head_size == 2) {
            const std::string fault = ws_head_fault(so_far, {kept.in_message, deflate_ != nullptr});
            if (!fault.empty()) return fail(protocol_error, fault);
        }
        kept.head = read_ws_head(so_far);
    }
    if (kept.head.size == 0) return std::nullopt;
    kept.head_size = 0;
    kept.taken = 0;
    if (kept.head.control()) return std::nullopt;
    return begin_data_frame();
}

/// Judges a data frame by what its head announces, before any of it is kept.
std::optional<ws_event> ws_decoder::begin_data_frame() {
    partial& kept = *partial_;
    if (!kept.in_message) {
        kept.in_message = true;
        kept.compressed = kept.head.compressed;
        kept.opcode = kept.head.opcode;
    }
    if (kept.head.length > max_safe_integer)
        return fail(message_too_big, "Unsupported WebSocket frame: payload length > 2^53 - 1");
    kept.announced += kept.head.length;
    if (kept.announced > limit_) return fail(message_too_big, too_big);
    if (++kept.fragments > max_fragments + kept.announced / paid_by)
        return fail(policy_violation, "Too many message fragments");
    return std::nullopt;
}

std::optional<ws_event> ws_decoder::take_payload(std::span<char>& bytes) {
    partial& kept = *partial_;
    const auto size =
        static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), kept.head.length - kept.taken));
    std::span<char> piece = bytes.first(size);
    unmask(piece, kept.head.mask, kept.taken);
    if (kept.head.control())
        std::copy(piece.begin(), piece.end(), kept.control.begin() + static_cast<std::ptrdiff_t>(kept.taken));
    else if (auto fault = absorb(piece))
        return fault;
    kept.taken += piece.size();
    if (piece.size() < size) {
        const std::span<char> rest = bytes.subspan(piece.size(), size - piece.size());
        unmask(rest, kept.head.mask, kept.taken);  // as it came: it is read again
    }
    bytes = bytes.subspan(piece.size());
    if (piece.size() < size) return event(ws_event::kind::enough, {});
    if (kept.taken < kept.head.length) return std::nullopt;
    return end_frame();
}

/// Adds a piece to the message under way, inflated and checked as far as it goes. What is beyond the share is
/// taken off the piece.
std::optional<ws_event> ws_decoder::absorb(std::span<char>& piece) {
    if (dropping_) return std::nullopt;
    partial& kept = *partial_;
    const std::size_t before = kept.message.size();
    if (!kept.compressed) {
        kept.message.append(piece.data(), piece.size());
    } else {
        const auto [result, used] = deflate_->inflate_share(view(piece), kept.message, share_left_);
        if (auto fault = inflated(result)) return fault;
        piece = piece.first(used);
        share_left_ -=
            static_cast<std::uint32_t>(std::min<std::size_t>(share_left_, kept.message.size() - before));
    }
    return check_text(before);
}

std::optional<ws_event> ws_decoder::inflated(ws_deflate::outcome result) {
    switch (result) {
        case ws_deflate::outcome::too_big:
            return fail(message_too_big, too_big);
        case ws_deflate::outcome::invalid:
            return fail(invalid_data, deflate_->fault());
        case ws_deflate::outcome::ok:
            break;
    }
    return std::nullopt;
}

/// Fails as soon as what came behind `before` cannot become valid text.
std::optional<ws_event> ws_decoder::check_text(std::size_t before) {
    partial& kept = *partial_;
    if (kept.opcode != ws_opcode::text) return std::nullopt;
    if (kept.utf8.feed(std::string_view(kept.message).substr(before))) return std::nullopt;
    return fail(invalid_data, invalid_utf8);
}

std::optional<ws_event> ws_decoder::end_frame() {
    partial& kept = *partial_;
    const ws_head head = std::exchange(kept.head, ws_head{});
    if (!head.control()) return head.final ? end_message() : std::nullopt;
    kept.handed_out = true;
    const std::span<char> payload = std::span(kept.control).first(static_cast<std::size_t>(kept.taken));
    return head.opcode == ws_opcode::close ? close(payload) : event(kind_of(head.opcode), payload);
}

std::optional<ws_event> ws_decoder::end_message() {
    partial& kept = *partial_;
    const std::size_t before = kept.message.size();
    if (kept.compressed && !dropping_) {
        if (auto fault = inflated(deflate_->finish(kept.message))) return fault;
        if (auto fault = check_text(before)) return fault;
    }
    if (kept.opcode == ws_opcode::text && !dropping_ && !kept.utf8.complete())
        return fail(invalid_data, invalid_utf8);
    kept.in_message = false;
    kept.handed_out = true;
    kept.message += '\0';  // the spare byte
    return event(kind_of(kept.opcode), std::span(kept.message).first(kept.message.size() - 1));
}

ws_event ws_decoder::close(std::span<char> payload) {
    ws_event said = event(ws_event::kind::close, payload);
    said.code = no_status;
    if (!payload.empty()) {
        const unsigned code = static_cast<unsigned>(static_cast<unsigned char>(payload[0])) << 8 |
                              static_cast<unsigned char>(payload[1]);
        if (!valid_close_code(code))
            return fail(protocol_error,
                        "Invalid WebSocket frame: invalid status code " + std::to_string(code));
        said.code = static_cast<std::uint16_t>(code);
        said.data = payload.subspan(2);
        if (!engine::valid_utf8(view(said.data))) return fail(invalid_data, invalid_utf8);
    }
    ended_ = true;
    return said;
}

}  // namespace kedge::transports
