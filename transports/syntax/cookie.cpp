#include <kedge/transports/syntax/cookie.hpp>

#include <algorithm>
#include <stdexcept>

#include <kedge/transports/syntax/http_response.hpp>
#include <kedge/transports/syntax/token.hpp>

namespace kedge::transports {

namespace {

/// encodeURIComponent.
std::string uri_encoded(std::string_view text) {
    static constexpr std::string_view hex = "0123456789ABCDEF";
    std::string encoded;
    for (const char c : text) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                           std::string_view("-_.!~*'()").find(c) != std::string_view::npos;
        const auto byte = static_cast<unsigned char>(c);
        if (plain)
            encoded += c;
        else
            ((encoded += '%') += hex[byte >> 4]) += hex[byte & 15];
    }
    return encoded;
}

/// What may stand in a Path attribute: printable ASCII but for the semicolon.
bool fit_path(std::string_view path) noexcept {
    return std::all_of(path.begin(), path.end(), [](char c) { return c >= 0x20 && c < 0x7F && c != ';'; });
}

bool fit_domain(std::string_view domain) noexcept {
    return std::all_of(domain.begin(), domain.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
               c == '.';
    });
}

std::string_view to_string(cookie_priority priority) noexcept {
    switch (priority) {
        case cookie_priority::low:
            return "Low";
        case cookie_priority::medium:
            return "Medium";
        case cookie_priority::high:
            return "High";
        case cookie_priority::unset:
            break;
    }
    return {};
}

std::string_view to_string(same_site policy) noexcept {
    switch (policy) {
        case same_site::lax:
            return "Lax";
        case same_site::strict:
            return "Strict";
        case same_site::none:
            return "None";
        case same_site::unset:
            break;
    }
    return {};
}

void append_attribute(std::string& to, std::string_view name, std::string_view value) {
    if (!value.empty()) to.append("; ").append(name).append("=").append(value);
}

}  // namespace

void check_cookie(const cookie_options& options) {
    if (!is_token(options.name)) throw std::invalid_argument("cookie: the name must be a token");
    if (!fit_domain(options.domain)) throw std::invalid_argument("cookie: the domain must be a host name");
    if (!fit_path(options.path))
        throw std::invalid_argument("cookie: the path must be printable, without ';'");
}

std::string serialize_cookie(const cookie_options& options, std::string_view value) {
    std::string cookie = options.name + '=' + uri_encoded(value);
    if (options.max_age) append_attribute(cookie, "Max-Age", std::to_string(*options.max_age));
    append_attribute(cookie, "Domain", options.domain);
    append_attribute(cookie, "Path", options.path);
    if (options.expires) append_attribute(cookie, "Expires", format_http_date(*options.expires));
    if (options.http_only) cookie += "; HttpOnly";
    if (options.secure) cookie += "; Secure";
    if (options.partitioned) cookie += "; Partitioned";
    append_attribute(cookie, "Priority", to_string(options.priority));
    append_attribute(cookie, "SameSite", to_string(options.same_site));
    return cookie;
}

}  // namespace kedge::transports
