#include <kedge/engine/query_string.hpp>

#include <algorithm>
#include <cstddef>

#include <kedge/engine/byte_block.hpp>
#include <kedge/engine/keyed_hash.hpp>
#include <kedge/engine/utf8.hpp>

namespace kedge::engine {

namespace {

constexpr signed char percent = '%';
constexpr signed char plus = '+';

int hex_value(char c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/// The byte that %XX at the beginning stands for, or a negative number.
int percent_byte(std::string_view text) noexcept {
    if (text.size() < 3 || text[0] != '%') return -1;
    const int high = hex_value(text[1]);
    const int low = hex_value(text[2]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

}  // namespace

bool query_reader::next(query_item& into) noexcept {
    while (!rest_.empty()) {
        const std::string_view pair = rest_.substr(0, rest_.find('&'));
        rest_.remove_prefix(pair.size() < rest_.size() ? pair.size() + 1 : pair.size());
        if (pair.empty()) continue;
        const std::size_t equals = pair.find('=');
        into.key = pair.substr(0, equals);
        into.value = equals == pair.npos ? std::string_view{} : pair.substr(equals + 1);
        return true;
    }
    return false;
}

bool needs_no_decoding(std::string_view text) noexcept {
    std::size_t at = 0;
    for (; at + byte_block_size <= text.size(); at += byte_block_size) {
        const byte_block block = load_block(text.data() + at);
        if (any_high_bit(block | (block == percent) | (block == plus))) return false;
    }
    return std::all_of(text.begin() + static_cast<std::ptrdiff_t>(at), text.end(),
                       [](char c) { return c != percent && c != plus && static_cast<signed char>(c) >= 0; });
}

std::string form_decoded(std::string_view text) {
    if (needs_no_decoding(text)) return std::string(text);
    std::string bytes;
    bytes.reserve(text.size());
    for (std::size_t at = 0; at < text.size(); ++at) {
        const int byte = percent_byte(text.substr(at, 3));
        if (byte >= 0) {
            bytes.push_back(static_cast<char>(byte));
            at += 2;
        } else {
            bytes.push_back(text[at] == '+' ? ' ' : text[at]);
        }
    }
    return valid_utf8(bytes) ? bytes : repair_utf8(bytes);
}

std::vector<std::pair<std::string, std::string>> form_items(std::string_view text) {
    std::vector<std::pair<std::string, std::string>> all;
    keyed_map<std::string, std::size_t> places;
    query_reader items(text);
    for (query_item item; items.next(item);) {
        std::string key = form_decoded(item.key);
        const auto [at, is_new] = places.try_emplace(key, all.size());
        if (is_new) all.emplace_back(std::move(key), std::string{});
        all[at->second].second = form_decoded(item.value);
    }
    return all;
}

}  // namespace kedge::engine
