#include <kedge/socketio/wire/json_number.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <system_error>

namespace kedge {
namespace {

// RapidJSON counts up to 308 digits before it gives up; what is not longer than this is never too long.
constexpr std::size_t most_digits = 300;

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

/// Takes digits from the front of `rest`; false when there are none.
bool take_digits(std::string_view& rest) {
    const auto count = std::min(rest.find_first_not_of("0123456789"), rest.size());
    rest.remove_prefix(count);
    return count != 0;
}

bool take_one_of(std::string_view& rest, std::string_view choice) {
    if (rest.empty() || choice.find(rest.front()) == std::string_view::npos) return false;
    rest.remove_prefix(1);
    return true;
}

bool is_json_number(std::string_view rest) {
    take_one_of(rest, "-");
    if (!take_one_of(rest, "0") && !take_digits(rest)) return false;
    if (take_one_of(rest, ".") && !take_digits(rest)) return false;
    if (take_one_of(rest, "eE")) {
        take_one_of(rest, "+-");
        if (!take_digits(rest)) return false;
    }
    return rest.empty();
}

void replace(std::span<char> number, std::string_view by) {
    std::fill(std::copy(by.begin(), by.end(), number.begin()), number.end(), ' ');
}

void tame(std::span<char> number) {
    const std::string_view text(number.data(), number.size());
    if (!is_json_number(text)) return;
    const double worth = read_double(text);
    if (std::isinf(worth)) return replace(number, worth < 0 ? "-9e308" : "9e308");
    if (worth != 0 && number.size() <= most_digits) return;
    char shortest[32];
    const auto written = std::to_chars(shortest, shortest + sizeof shortest, worth);
    replace(number, {shortest, static_cast<std::size_t>(written.ptr - shortest)});
}

/// The end of the string that begins at `at`, or of the text.
std::size_t behind_string(std::string_view text, std::size_t at) {
    for (++at; at < text.size() && text[at] != '"'; ++at)
        if (text[at] == '\\') ++at;
    return at + 1;
}

}  // namespace

double read_double(std::string_view number) {
    double read = 0;
    const auto outcome = std::from_chars(number.data(), number.data() + number.size(), read);
    if (outcome.ec == std::errc()) return read;
    const double size = is_huge(number) ? std::numeric_limits<double>::infinity() : 0;
    return number.front() == '-' ? -size : size;
}

void tame_numbers(std::span<char> text) {
    const std::string_view all(text.data(), text.size());
    std::size_t at = 0;
    while ((at = all.find_first_of("\"-0123456789", at)) < all.size()) {
        if (all[at] == '"') {
            at = behind_string(all, at);
        } else {
            const auto end = std::min(all.find_first_not_of("+-.0123456789eE", at), all.size());
            tame(text.subspan(at, end - at));
            at = end;
        }
    }
}

}  // namespace kedge
