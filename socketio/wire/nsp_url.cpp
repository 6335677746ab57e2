#include <kedge/socketio/wire/nsp_url.hpp>

#include <cstddef>
#include <utility>
#include <vector>

#include <kedge/engine/query_string.hpp>

namespace kedge {
namespace {

constexpr std::string_view hex_digits = "0123456789ABCDEF";

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

value parse_query(std::string_view query) {
    auto all = value::object();
    for (auto& [name, content] : engine::form_items(query)) all.append(std::move(name), content);
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
