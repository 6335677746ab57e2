#include <kedge/socketio/wire/codec_reader.hpp>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <limits>
#include <optional>

// The vectorised scan reads whole aligned blocks, past the end of a buffer but never past its page: right,
// and yet not what sanitizers can allow.
#if defined(__SSE2__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#if defined(__has_feature)
#if !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer) && !__has_feature(memory_sanitizer)
#define RAPIDJSON_SSE2
#endif
#else
#define RAPIDJSON_SSE2
#endif
#endif

// The first push to RapidJSON's stack adds to a null pointer; harmless, and named by the sanitizer of clang.
#if defined(__clang__)
#pragma clang attribute push(__attribute__((no_sanitize("pointer-overflow"))), apply_to = function)
#endif
#include <rapidjson/reader.h>
#if defined(__clang__)
#pragma clang attribute pop
#endif

#include <kedge/engine/byte_block.hpp>
#include <kedge/socketio/value/value.hpp>
#include <kedge/socketio/wire/json_number.hpp>
#include <kedge/socketio/wire/plain_array.hpp>

namespace kedge {
namespace {

constexpr std::string_view placeholder_key = "_placeholder";

/// How many times the bytes that came the placeholders of a packet may stand for: the same attachment may be
/// meant several times, but copies of it must not grow out of proportion.
constexpr std::size_t most_copies = 10;

/// Receives what RapidJSON finds.
class tape_filler : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, tape_filler> {
  public:
    tape_filler(tape& to, std::size_t size, std::size_t max_depth,
                const std::vector<engine::message_ptr>* attachments)
        : to_(to), max_depth_(max_depth), attachments_(attachments), allowance_(size) {
        if (!attachments) return;
        for (const auto& each : *attachments) allowance_ += each->data().size();
        allowance_ *= most_copies;
    }

    bool Null() { return to_.null(), true; }
    bool Bool(bool value) { return to_.boolean(value), true; }
    bool String(const char* text, rapidjson::SizeType size, bool) { return to_.string({text, size}), true; }
    bool StartObject() { return to_.depth() < max_depth_ && (to_.begin_object(), true); }
    bool StartArray() { return to_.depth() < max_depth_ && (to_.begin_array(), true); }
    bool EndArray(rapidjson::SizeType) { return to_.end_array(), true; }

    bool Key(const char* text, rapidjson::SizeType size, bool) {
        if (attachments_ && std::string_view(text, size) == placeholder_key) placeholder_seen_ = true;
        return to_.key({text, size}), true;
    }

    bool EndObject(rapidjson::SizeType) {
        if (placeholder_seen_ && is_placeholder()) {
            replace();
        } else {
            to_.end_object();
        }
        return true;
    }

    bool RawNumber(const char* text, rapidjson::SizeType size, bool) {
        std::int64_t integer = 0;
        const char* const end = text + size;
        auto read = std::from_chars(text, end, integer);
        if (read.ec == std::errc() && read.ptr == end) return to_.integer(integer), true;
        std::uint64_t great = 0;
        read = std::from_chars(text, end, great);
        if (read.ec == std::errc() && read.ptr == end) return to_.unsigned_integer(great), true;
        return to_.number(read_double({text, size})), true;
    }

    /// Whether a placeholder that was put on the tape names an attachment that does not exist.
    bool illegal() const {
        if (!illegal_seen_) return false;
        const token* const end = to_.root().behind();
        for (const token* at = to_.root().position(); at != end; ++at) {
            if (at->kind == value_kind::binary && at->bytes == nullptr) return true;
        }
        return false;
    }

  private:
    bool is_placeholder() const { return to_.innermost()[placeholder_key].as_boolean(); }

    /// An illegal one is only remembered: if it lies in another placeholder nobody looks at it.
    void replace() {
        const auto number = to_.innermost()["num"].as_uint64();
        if (number && *number < attachments_->size()) {
            const std::string_view bytes = (*attachments_)[static_cast<std::size_t>(*number)]->data();
            if (bytes.size() <= allowance_) {
                allowance_ -= bytes.size();
                return to_.end_object_as_binary(std::as_bytes(std::span(bytes)));
            }
        }
        illegal_seen_ = true;
        to_.end_object_as_binary({});
    }

    tape& to_;
    std::size_t max_depth_;
    const std::vector<engine::message_ptr>* attachments_;
    std::size_t allowance_;  // bytes that placeholders may still stand for
    bool placeholder_seen_ = false;
    bool illegal_seen_ = false;
};

/// Whether a value or a key may follow.
engine::byte_block before_tokens(const engine::byte_block& block) {
    return (block == ',') | (block == ':') | (block == '[') | (block == '{');
}

/// How many tokens a long text may become at the most: each but the first stands behind one of these. Of
/// texts that no tape gets long by it says nothing.
std::size_t most_tokens(std::string_view text) {
    constexpr std::size_t step = engine::byte_block_size;
    constexpr std::size_t at_once = 127;  // a block can count so far
    if (text.size() < 2 * tape::long_from) return 0;
    std::size_t count = 1 + text.size() % step;
    for (const char *at = text.data(), *const end = at + text.size() / step * step; at != end;) {
        engine::byte_block sums{};
        for (std::size_t i = 0; i < at_once && at != end; ++i, at += step)
            sums -= before_tokens(engine::load_block(at));
        for (std::size_t lane = 0; lane < step; ++lane) count += static_cast<std::size_t>(sums[lane]);
    }
    return count;
}

/// The code unit of an escape \uXXXX at `at`.
std::optional<unsigned> read_escape(const char* at, const char* end) {
    if (end - at < 6 || at[0] != '\\' || at[1] != 'u') return std::nullopt;
    unsigned code = 0;
    const auto read = std::from_chars(at + 2, at + 6, code, 16);
    if (read.ec != std::errc() || read.ptr != at + 6) return std::nullopt;
    return code;
}

constexpr bool is_high(unsigned code) {
    return code >= 0xd800 && code < 0xdc00;
}
constexpr bool is_low(unsigned code) {
    return code >= 0xdc00 && code < 0xe000;
}

/// Moves bytes down in the same text.
char* move_down(char* to, const char* from, std::size_t count) {
    std::memmove(to, from, count);
    return to + count;
}

char* put_surrogate(char* to, unsigned code) {
    *to++ = static_cast<char>(0xed);
    *to++ = static_cast<char>(0x80 | (code >> 6 & 0x3f));
    *to++ = static_cast<char>(0x80 | (code & 0x3f));
    return to;
}

/// Rewrites escapes of lone surrogates, which JSON.parse takes and RapidJSON does not. Returns the new
/// length.
std::size_t mend_surrogates(std::span<char> text) {
    const char* const end = text.data() + text.size();
    char* to = text.data();
    const char* from = to;
    while (const void* found = std::memchr(from, '\\', static_cast<std::size_t>(end - from))) {
        const char* const at = static_cast<const char*>(found);
        to = move_down(to, from, static_cast<std::size_t>(at - from));
        const auto code = read_escape(at, end);
        const bool pair = code && is_high(*code) && is_low(read_escape(at + 6, end).value_or(0));
        if (code && !pair && (is_high(*code) || is_low(*code))) {
            to = put_surrogate(to, *code);
            from = at + 6;
        } else {
            const auto length = std::min<std::ptrdiff_t>(pair ? 12 : 2, end - at);
            to = move_down(to, at, static_cast<std::size_t>(length));
            from = at + length;
        }
    }
    to = move_down(to, from, static_cast<std::size_t>(end - from));
    return static_cast<std::size_t>(to - text.data());
}

/// RapidJSON ends at the first zero byte: the one put behind the text, unless the text itself holds one.
rapidjson::ParseResult parse(std::span<char> text, tape_filler& filler) {
    constexpr unsigned flags =
        rapidjson::kParseInsituFlag | rapidjson::kParseIterativeFlag | rapidjson::kParseNumbersAsStringsFlag;
    thread_local rapidjson::Reader reader;
    rapidjson::InsituStringStream stream(text.data());
    const auto result = reader.Parse<flags>(stream, filler);
    if (result.IsError() || stream.Tell() == text.size()) return result;
    return {rapidjson::kParseErrorDocumentRootNotSingular, stream.Tell()};
}

/// Puts back what reading in place has changed before `end`: all of it when strings had escapes, else the
/// quotes at their ends, which became zeros.
void restore(std::span<char> text, const std::string& escaped, std::size_t end) {
    if (!escaped.empty()) {
        std::copy(escaped.begin(), escaped.end(), text.begin());
    } else {
        std::replace(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(end), '\0', '"');
    }
}

/// Reads a text behind which there is a zero byte. A number that is too great for RapidJSON is rare: then the
/// text is read again with what the number is worth.
json_outcome read_terminated(std::span<char> text, bool has_escapes, std::size_t max_depth, tape& to,
                             const std::vector<engine::message_ptr>* attachments) {
    std::string escaped;
    if (has_escapes) escaped.assign(text.data(), text.size());
    for (bool again = false;; again = true) {
        tape_filler filler(to, text.size(), max_depth, attachments);
        const auto result = parse(text, filler);
        if (!result.IsError())
            return filler.illegal() ? json_outcome::illegal_attachments : json_outcome::read;
        if (again || result.Code() != rapidjson::kParseErrorNumberTooBig) return json_outcome::invalid;
        restore(text, escaped, result.Offset());
        tame_numbers(text);
        to.clear();
    }
}

}  // namespace

json_outcome read_json(std::span<char> text, std::size_t max_depth, tape& to,
                       const std::vector<engine::message_ptr>* attachments) {
    if (text.size() > std::numeric_limits<std::uint32_t>::max()) return json_outcome::invalid;
    const std::size_t most = most_tokens({text.data(), text.size()});
    to.expect(most);
    if (read_plain_array({text.data(), text.size()}, max_depth, to)) return json_outcome::read;
    to.expect(most);
    const bool has_escapes = std::memchr(text.data(), '\\', text.size()) != nullptr;
    const std::size_t size = has_escapes ? mend_surrogates(text) : text.size();
    char& behind = text.data()[size];
    const char before = behind;
    behind = 0;
    const auto outcome = read_terminated(text.first(size), has_escapes, max_depth, to, attachments);
    behind = before;
    return outcome;
}

std::optional<value> value::parse(std::string_view json, std::size_t max_depth) {
    std::string copy(json);
    tape laid_out;
    if (read_json(copy, max_depth, laid_out) != json_outcome::read) return std::nullopt;
    return value(laid_out.root());
}

}  // namespace kedge
