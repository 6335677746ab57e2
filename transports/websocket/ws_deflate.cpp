#include <kedge/transports/websocket/ws_deflate.hpp>

#include <algorithm>

#include <zlib.h>

namespace kedge::transports {

namespace {

constexpr int default_window_bits = 15;
constexpr std::size_t step_size = 16 * 1024;

/// What a sync flush ends with; a compressed message goes without it.
constexpr std::string_view flush_tail{"\x00\x00\xFF\xFF", 4};

Bytef* zlib_input(std::string_view text) noexcept {
    return reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));  // zlib does not write to its input
}

}  // namespace

std::string ws_deflate_terms::header() const {
    std::string text = "permessage-deflate";
    if (server_no_context_takeover) text += "; server_no_context_takeover";
    if (client_no_context_takeover) text += "; client_no_context_takeover";
    if (server_max_window_bits) text += "; server_max_window_bits=" + std::to_string(*server_max_window_bits);
    if (client_max_window_bits) text += "; client_max_window_bits=" + std::to_string(*client_max_window_bits);
    return text;
}

struct ws_deflate::inflater {
    z_stream state{};
    bool ready;
    bool between_streams = false;  // what came last ended the last block: no flush is under way

    explicit inflater(int window_bits) : ready(inflateInit2(&state, -window_bits) == Z_OK) {}
    inflater(const inflater&) = delete;
    inflater& operator=(const inflater&) = delete;
    ~inflater() {
        if (ready) inflateEnd(&state);
    }
};

struct ws_deflate::deflater {
    z_stream state{};
    bool ready;

    /// zlib has no raw deflate with a window of 256 bytes. Without back references any window will do.
    deflater(int window_bits, int level, int mem_level)
        : ready(deflateInit2(&state, level, Z_DEFLATED, -std::max(window_bits, 9), mem_level,
                             window_bits < 9 ? Z_HUFFMAN_ONLY : Z_DEFAULT_STRATEGY) == Z_OK) {}
    deflater(const deflater&) = delete;
    deflater& operator=(const deflater&) = delete;
    ~deflater() {
        if (ready) deflateEnd(&state);
    }
};

ws_deflate::ws_deflate(const ws_deflate_options& options, const ws_deflate_terms& terms, std::size_t limit)
    : terms_(terms),
      threshold_(options.threshold),
      limit_(limit),
      level_(options.level),
      mem_level_(options.mem_level) {}

ws_deflate::~ws_deflate() = default;

ws_deflate::share ws_deflate::inflate_share(std::string_view piece, std::string& message, std::size_t most) {
    if (!inflater_)
        inflater_ = std::make_unique<inflater>(terms_.client_max_window_bits.value_or(default_window_bits));
    if (!inflater_->ready) return {outcome::invalid, 0};

    const std::size_t before = message.size();
    z_stream& state = inflater_->state;
    state.next_in = zlib_input(piece);
    state.avail_in = static_cast<uInt>(piece.size());
    char produced[step_size];
    do {
        state.next_out = reinterpret_cast<Bytef*>(produced);
        state.avail_out = step_size;
        const int result = ::inflate(&state, Z_SYNC_FLUSH);
        const std::size_t size = step_size - state.avail_out;
        if (size > limit_ - std::min(limit_, message.size())) return {outcome::too_big, 0};
        message.append(produced, size);
        if (result == Z_BUF_ERROR) break;  // no more can be made of this piece
        inflater_->between_streams = result == Z_STREAM_END && state.avail_in == 0;
        if (result == Z_STREAM_END)
            inflateResetKeep(
                &state);  // a block marked as the last one: another may follow, with the same window
        else if (result != Z_OK)
            return {outcome::invalid, 0};
    } while (state.avail_in > 0 ? message.size() - before < most : state.avail_out == 0);
    return {outcome::ok, piece.size() - state.avail_in};
}

ws_deflate::outcome ws_deflate::finish(std::string& message) {
    const bool complete = inflater_ && inflater_->between_streams;
    const outcome result = complete ? outcome::ok : inflate(flush_tail, message);
    if (terms_.client_no_context_takeover && result != outcome::invalid) inflater_.reset();
    return result;
}

std::string_view ws_deflate::fault() const noexcept {
    const char* words = inflater_ ? inflater_->state.msg : nullptr;
    return words != nullptr ? words : "invalid compressed data";
}

bool ws_deflate::worthwhile(std::size_t size) const noexcept {
    return !terms_.server_no_context_takeover || size >= threshold_;
}

bool ws_deflate::deflate(std::string_view message, std::string& to) {
    if (message.empty()) {
        to += '\0';  // an empty stored block, without the tail
        return true;
    }
    if (!deflater_)
        deflater_ = std::make_unique<deflater>(terms_.server_max_window_bits.value_or(default_window_bits),
                                               level_, mem_level_);
    const std::size_t before = to.size();
    const bool done = run_deflate(message, to);
    if (terms_.server_no_context_takeover || !done) deflater_.reset();
    if (done)
        to.resize(to.size() - flush_tail.size());
    else
        to.resize(before);
    return done;
}

bool ws_deflate::run_deflate(std::string_view message, std::string& to) {
    if (!deflater_->ready) return false;
    z_stream& state = deflater_->state;
    state.next_in = zlib_input(message);
    state.avail_in = static_cast<uInt>(message.size());
    char produced[step_size];
    do {
        state.next_out = reinterpret_cast<Bytef*>(produced);
        state.avail_out = step_size;
        if (::deflate(&state, Z_SYNC_FLUSH) == Z_STREAM_ERROR) return false;
        to.append(produced, step_size - state.avail_out);
    } while (state.avail_out == 0);
    return to.ends_with(flush_tail);
}

}  // namespace kedge::transports
