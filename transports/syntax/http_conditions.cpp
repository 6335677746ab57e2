#include <kedge/transports/syntax/http_conditions.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>

#include <kedge/transports/syntax/token.hpp>

namespace kedge::transports {
namespace {

// Whether a list of entity tags names this one. Weak comparison ignores a leading W/; strong refuses it.
bool names(std::string_view list, std::string_view etag, bool weak_matches) {
    if (trimmed(list) == "*") return true;
    while (true) {
        const auto comma = list.find(',');
        auto item = trimmed(list.substr(0, comma));
        if (weak_matches && item.starts_with("W/")) item.remove_prefix(2);
        if (item == etag) return true;
        if (comma == list.npos) return false;
        list.remove_prefix(comma + 1);
    }
}

}  // namespace

std::optional<std::time_t> parse_http_date(std::string_view text) {
    constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    constexpr std::size_t length = 29;
    if (text.size() != length || !text.ends_with(" GMT")) return std::nullopt;
    std::tm parts{};
    const std::string terminated(text);
    char month[4] = {};
    if (std::sscanf(terminated.c_str(), "%*3s, %2d %3s %4d %2d:%2d:%2d GMT", &parts.tm_mday, month,
                    &parts.tm_year, &parts.tm_hour, &parts.tm_min, &parts.tm_sec) != 6)
        return std::nullopt;
    const auto* const named = std::find(months.begin(), months.end(), std::string_view(month));
    if (named == months.end()) return std::nullopt;
    parts.tm_mon = static_cast<int>(named - months.begin());
    parts.tm_year -= 1900;
    return timegm(&parts);
}

condition weigh_conditions(const engine::request& head, const validators& state) {
    if (const auto list = head.header("if-match")) {
        if (!names(*list, state.etag, false)) return condition::precondition_failed;
    } else if (const auto since = head.find("if-unmodified-since")) {
        const auto date = parse_http_date(*since);
        if (date && state.modified > *date) return condition::precondition_failed;
    }
    if (const auto list = head.header("if-none-match"))
        return names(*list, state.etag, true) ? condition::not_modified : condition::proceed;
    if (const auto since = head.find("if-modified-since")) {
        const auto date = parse_http_date(*since);
        if (date && state.modified <= *date) return condition::not_modified;
    }
    return condition::proceed;
}

bool range_applies(const engine::request& head, const validators& state) {
    const auto wanted = head.find("if-range");
    if (!wanted) return true;
    if (const auto date = parse_http_date(*wanted)) return *date == state.modified;
    return *wanted == state.etag;
}

}  // namespace kedge::transports
