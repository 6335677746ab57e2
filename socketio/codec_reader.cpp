#include <socketio/codec_reader.hpp>

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

#include <socketio/value.hpp>

namespace kedge {
namespace {

constexpr std::string_view placeholder_key = "_placeholder";

/// Whether a number that double cannot represent is too great rather than too small.
bool is_huge(std::string_view text) {
    const auto exponent_at = text.find_first_of("eE");
    const auto mantissa = text.substr(0, exponent_at);
    long exponent = 0;
    if (exponent_at != std::string_view::npos) {
        auto digits = text.substr(exponent_at + 1);
        if (digits.front() == '+') digits.remove_prefix(1);
        const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), exponent);
        if (read.ec != std::errc()) return digits.front() != '-';
    }
    const auto point = std::min(mantissa.find('.'), mantissa.size());
    const auto first = mantissa.find_first_of("123456789");
    return static_cast<long>(point) - static_cast<long>(first) + exponent > 0;
}

/// Receives what RapidJSON finds.
class tape_filler : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, tape_filler> {
  public:
    tape_filler(tape& to, std::size_t max_depth, const std::vector<std::string>* attachments)
        : to_(to), max_depth_(max_depth), attachments_(attachments) {}

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
    static double read_double(std::string_view text) {
        double number = 0;
        const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
        if (read.ec == std::errc()) return number;
        const double size = is_huge(text) ? std::numeric_limits<double>::infinity() : 0;
        return text.front() == '-' ? -size : size;
    }

    bool is_placeholder() const { return to_.innermost()[placeholder_key].as_boolean(); }

    /// An illegal one is only remembered: if it lies in another placeholder nobody looks at it.
    void replace() {
        const auto number = to_.innermost()["num"].as_uint64();
        if (number && *number < attachments_->size()) {
            const auto& bytes = (*attachments_)[static_cast<std::size_t>(*number)];
            return to_.end_object_as_binary(std::as_bytes(std::span(bytes)));
        }
        illegal_seen_ = true;
        to_.end_object_as_binary({});
    }

    tape& to_;
    std::size_t max_depth_;
    const std::vector<std::string>* attachments_;
    bool placeholder_seen_ = false;
    bool illegal_seen_ = false;
};

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
bool parse(char* text, std::size_t size, tape_filler& filler) {
    constexpr unsigned flags =
        rapidjson::kParseInsituFlag | rapidjson::kParseIterativeFlag | rapidjson::kParseNumbersAsStringsFlag;
    thread_local rapidjson::Reader reader;
    rapidjson::InsituStringStream stream(text);
    return reader.Parse<flags>(stream, filler) && stream.Tell() == size;
}

}  // namespace

json_outcome read_json(std::span<char> text, std::size_t max_depth, tape& to,
                       const std::vector<std::string>* attachments) {
    if (text.size() > std::numeric_limits<std::uint32_t>::max()) return json_outcome::invalid;
    const std::size_t size = mend_surrogates(text);
    char& behind = text.data()[size];
    const char before = behind;
    behind = 0;
    tape_filler filler(to, max_depth, attachments);
    const bool valid = parse(text.data(), size, filler);
    behind = before;
    if (!valid) return json_outcome::invalid;
    return filler.illegal() ? json_outcome::illegal_attachments : json_outcome::read;
}

std::optional<value> value::parse(std::string_view json, std::size_t max_depth) {
    std::string copy(json);
    tape laid_out;
    if (read_json(copy, max_depth, laid_out) != json_outcome::read) return std::nullopt;
    return value(laid_out.root());
}

}  // namespace kedge
