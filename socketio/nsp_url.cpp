#include <socketio/nsp_url.hpp>

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace kedge {
namespace {

constexpr std::string_view hex_digits = "0123456789ABCDEF";

std::optional<unsigned> hex(char c) {
    if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
    if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
    if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
    return std::nullopt;
}

// application/x-www-form-urlencoded.
std::string decode(std::string_view text) {
    std::string plain;
    plain.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size() && hex(text[i + 1]) && hex(text[i + 2])) {
            plain += static_cast<char>(*hex(text[i + 1]) * 16 + *hex(text[i + 2]));
            i += 2;
        } else {
            plain += text[i] == '+' ? ' ' : text[i];
        }
    }
    return plain;
}

// The characters that a URL's path carries percent-encoded.
bool is_encoded_in_path(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte <= 0x20 || byte >= 0x7f || std::string_view("\"#<>?`{}^").find(c) != std::string_view::npos;
}

void append_encoded(std::string& to, std::string_view segment) {
    for (const char c : segment) {
        if (!is_encoded_in_path(c)) {
            to += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        to += '%';
        to += hex_digits[byte >> 4];
        to += hex_digits[byte & 15];
    }
}

enum class dots : unsigned char { none, single, twice };

dots dots_of(std::string_view segment) {
    std::string plain;
    for (std::size_t i = 0; i < segment.size() && plain.size() < 3; ++i) {
        const bool encoded = segment.size() - i >= 3 && segment[i] == '%' && segment[i + 1] == '2' &&
                             (segment[i + 2] == 'e' || segment[i + 2] == 'E');
        plain += encoded ? '.' : segment[i];
        if (encoded) i += 2;
    }
    if (plain == ".") return dots::single;
    return plain == ".." ? dots::twice : dots::none;
}

std::string resolve(std::string_view path) {
    std::vector<std::string_view> segments;
    std::size_t begin = 1;
    for (;;) {
        const auto end = path.find_first_of("/\\", begin);
        const auto segment = path.substr(begin, end == std::string_view::npos ? end : end - begin);
        const bool last = end == std::string_view::npos;
        const auto kind = dots_of(segment);
        if (kind == dots::twice && !segments.empty()) segments.pop_back();
        if (kind == dots::none) segments.push_back(segment);
        if (kind != dots::none && last) segments.emplace_back();
        if (last) break;
        begin = end + 1;
    }
    std::string resolved;
    for (const auto segment : segments) {
        resolved += '/';
        append_encoded(resolved, segment);
    }
    return resolved.empty() ? "/" : resolved;
}

// Of pairs with the same name the last counts, in the first one's place.
value parse_query(std::string_view query) {
    std::vector<std::pair<std::string, std::string>> pairs;
    std::map<std::string, std::size_t, std::less<>> places;
    while (!query.empty()) {
        const auto end = query.find('&');
        const auto pair = query.substr(0, end);
        query = end == std::string_view::npos ? std::string_view() : query.substr(end + 1);
        if (pair.empty()) continue;
        const auto equals = pair.find('=');
        const auto content = equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1);
        auto name = decode(pair.substr(0, equals));
        const auto [place, fresh] = places.try_emplace(name, pairs.size());
        if (fresh) pairs.emplace_back(std::move(name), std::string());
        pairs[place->second].second = decode(content);
    }
    auto all = value::object();
    for (auto& [name, content] : pairs) all.append(std::move(name), content);
    return all;
}

}  // namespace

std::pair<std::string, value> split_nsp_url(std::string_view sent) {
    sent = sent.substr(0, sent.find('#'));
    const auto mark = sent.find('?');
    const auto path = sent.substr(0, mark);
    auto query = mark == std::string_view::npos ? value::object() : parse_query(sent.substr(mark + 1));
    return {resolve(path.empty() ? "/" : path), std::move(query)};
}

}  // namespace kedge
