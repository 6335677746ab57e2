#include <kedge/engine/counted_payload.hpp>

#include <algorithm>
#include <charconv>

#include <kedge/engine/utf8.hpp>

namespace kedge::engine {

namespace {

constexpr std::size_t longest_number = 310;  // as many characters as the largest number of JavaScript has

std::string_view trimmed(std::string_view text) noexcept {
    constexpr std::string_view space = " \t\n\v\f\r";
    const std::size_t begin = text.find_first_not_of(space);
    if (begin == text.npos) return {};
    return text.substr(begin, text.find_last_not_of(space) - begin + 1);
}

/// The base that a prefix such as 0x announces, or 10.
int base_of(std::string_view text) noexcept {
    if (text.size() < 3 || text[0] != '0') return 10;
    switch (text[1]) {
        case 'x':
        case 'X':
            return 16;
        case 'o':
        case 'O':
            return 8;
        case 'b':
        case 'B':
            return 2;
        default:
            return 10;
    }
}

std::optional<std::size_t> prefixed_length(std::string_view digits, int base) noexcept {
    std::size_t value = 0;
    const char* end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, value, base);
    if (error != std::errc{} || stop != end) return std::nullopt;
    return value;
}

std::optional<std::size_t> decimal_length(std::string_view text) noexcept {
    double value = 0;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc{} || stop != end) return std::nullopt;
    if (!(value >= 0 && value <= 1e15)) return std::nullopt;
    const auto length = static_cast<std::size_t>(value);
    if (static_cast<double>(length) != value) return std::nullopt;
    return length;
}

}  // namespace

std::optional<std::size_t> javascript_length(std::string_view text) noexcept {
    if (text.empty() || text.size() > longest_number) return std::nullopt;
    text = trimmed(text);
    if (text.empty()) return 0;  // JavaScript: Number(" ") == 0
    const int base = base_of(text);
    if (base != 10) return prefixed_length(text.substr(2), base);
    if (text[0] == '+' && text.size() > 1 && text[1] != '-') text.remove_prefix(1);
    return decimal_length(text);
}

bool take_binary_item(std::span<char>& rest, binary_item& into) noexcept {
    into.is_text = rest[0] == 0;
    std::size_t length = 0;
    std::size_t at = 1;
    for (; at < rest.size() && static_cast<unsigned char>(rest[at]) != 0xFF; ++at) {
        const auto digit = static_cast<unsigned char>(rest[at]);
        if (digit > 9 || at > longest_number) return false;
        length = std::min(length * 10 + digit, rest.size());  // no more than there is, so it cannot overflow
    }
    if (at == 1 || at == rest.size()) return false;
    rest = rest.subspan(at + 1);
    length = std::min(length, rest.size());
    into.data = rest.first(length);
    rest = rest.subspan(length);
    return true;
}

binary_items survey(std::span<char> body) noexcept {
    if (body.empty()) return binary_items::none;
    auto kind = binary_items::all_text;
    while (!body.empty()) {
        binary_item item;
        if (!take_binary_item(body, item)) return binary_items::malformed;
        if (!item.is_text) kind = binary_items::some_binary;
    }
    return kind;
}

bool settle_surrogates(std::span<char> text) noexcept {
    const std::string_view whole(text.data(), text.size());
    if (valid_utf8(whole)) return true;
    for (std::size_t at = 0; at + 3 <= text.size(); ++at) {
        const auto second = static_cast<unsigned char>(text[at + 1]);
        const auto third = static_cast<unsigned char>(text[at + 2]);
        const bool is_surrogate =
            text[at] == '\xED' && second >= 0xA0 && second <= 0xBF && (third & 0xC0) == 0x80;
        if (is_surrogate) std::copy_n("\xEF\xBF\xBD", 3, &text[at]);
    }
    return valid_utf8(whole);
}

namespace {

/// Reads the bytes that are hidden in text as the characters U+0000 to U+00FF.
class inner_bytes {
  public:
    explicit inner_bytes(std::string_view text) noexcept : text_(text) {}
    bool at_end() const noexcept { return at_ == text_.size(); }
    /// The next byte; nothing when a character above U+00FF is met.
    std::optional<char> next() noexcept {
        const auto lead = static_cast<unsigned char>(text_[at_++]);
        if (lead < 0x80) return static_cast<char>(lead);
        if (lead > 0xC3 || at_ == text_.size()) return std::nullopt;
        return static_cast<char>((lead & 3) << 6 | (static_cast<unsigned char>(text_[at_++]) & 0x3F));
    }

  private:
    std::string_view text_;
    std::size_t at_ = 0;
};

}  // namespace

bool is_double_utf8(std::string_view text) noexcept {
    utf8_validator inner;
    inner_bytes bytes(text);
    while (!bytes.at_end()) {
        const auto byte = bytes.next();
        if (!byte || !inner.feed({&*byte, 1})) return false;
    }
    return inner.complete();
}

std::span<char> decode_outer_utf8(std::span<char> text) noexcept {
    inner_bytes bytes({text.data(), text.size()});
    std::size_t size = 0;
    while (!bytes.at_end()) text[size++] = bytes.next().value_or('?');
    return text.first(size);
}

}  // namespace kedge::engine
