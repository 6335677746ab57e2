#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace kedge::transports {

/// By byte: whether it may stand in a token of HTTP.
inline constexpr std::array<bool, 256> token_bytes = [] {
    constexpr std::string_view allowed =
        "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    std::array<bool, 256> table{};
    for (const char c : allowed) table[static_cast<unsigned char>(c)] = true;
    return table;
}();

/// Whether a byte may stand in a token of HTTP (a header's name, a subprotocol).
constexpr bool is_token_char(char c) noexcept {
    return token_bytes[static_cast<unsigned char>(c)];
}

/// Whether the text is a token: at least one byte, all of them token characters.
constexpr bool is_token(std::string_view text) noexcept {
    for (const char c : text)
        if (!is_token_char(c)) return false;
    return !text.empty();
}

/// Whether two header names, or tokens, are the same but for the case of their letters.
constexpr bool same_token(std::string_view a, std::string_view b) noexcept {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; };
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i)
        if (lower(a[i]) != lower(b[i])) return false;
    return true;
}

/// Without spaces and tabs at both ends.
constexpr std::string_view trimmed(std::string_view text) noexcept {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// Takes the first item, trimmed, and its separator off a list.
constexpr std::string_view next_list_item(std::string_view& list, char separator = ',') noexcept {
    const auto end = list.find(separator);
    const std::string_view item = trimmed(list.substr(0, end));
    list = end == std::string_view::npos ? std::string_view{} : list.substr(end + 1);
    return item;
}

}  // namespace kedge::transports
