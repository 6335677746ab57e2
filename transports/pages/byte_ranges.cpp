#include <kedge/transports/pages/byte_ranges.hpp>

#include <algorithm>
#include <charconv>
#include <optional>

#include <kedge/transports/syntax/token.hpp>

namespace kedge::transports {
namespace {

constexpr std::size_t most_ranges = 16;

std::optional<std::uint64_t> number(std::string_view digits) {
    std::uint64_t value = 0;
    const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    // A number beyond 64 bits lies behind the end of every file.
    if (failure == std::errc::result_out_of_range) value = UINT64_MAX;
    if (digits.empty() || failure == std::errc::invalid_argument || end != digits.data() + digits.size())
        return std::nullopt;
    return value;
}

enum class item : std::uint8_t { usable, beyond, malformed };

item read_item(std::string_view text, std::uint64_t size, byte_range& range) {
    const auto dash = text.find('-');
    if (dash == text.npos) return item::malformed;
    const auto before = text.substr(0, dash), after = text.substr(dash + 1);
    const auto first = number(before), last = number(after);
    if ((!before.empty() && !first) || (!after.empty() && !last) || (before.empty() && after.empty()))
        return item::malformed;
    if (!first) {  // "-n": the last n bytes
        if (*last == 0 || size == 0) return item::beyond;
        range = {size - std::min(*last, size), size - 1};
        return item::usable;
    }
    if (last && *last < *first) return item::malformed;
    if (*first >= size) return item::beyond;
    range = {*first, last ? std::min(*last, size - 1) : size - 1};
    return item::usable;
}

}  // namespace

range_request read_ranges(std::string_view header, std::uint64_t size) {
    constexpr std::string_view unit = "bytes=";
    if (!header.starts_with(unit)) return {};
    header.remove_prefix(unit.size());
    range_request result{range_request::verdict::unsatisfiable, {}};
    std::uint64_t total = 0;
    for (std::size_t count = 0;; ++count) {
        const auto comma = header.find(',');
        byte_range range{};
        const auto kind = read_item(trimmed(header.substr(0, comma)), size, range);
        if (kind == item::malformed || count == most_ranges) return {};
        if (kind == item::usable) {
            result.ranges.push_back(range);
            total += range.size();
        }
        if (comma == header.npos) break;
        header.remove_prefix(comma + 1);
    }
    if (total > size) return {};
    if (!result.ranges.empty()) result.kind = range_request::verdict::partial;
    return result;
}

}  // namespace kedge::transports
