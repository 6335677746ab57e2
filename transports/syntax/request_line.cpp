#include <kedge/transports/syntax/request_line.hpp>

#include <algorithm>

#include <kedge/transports/syntax/token.hpp>

namespace kedge::transports {

namespace {

bool printable(std::string_view target) noexcept {
    return std::all_of(target.begin(), target.end(), [](char c) { return c > 0x20 && c < 0x7F; });
}

/// The path and query of an absolute target; empty when it has no scheme that is served here, or no host.
std::string_view path_of_absolute(std::string_view target) noexcept {
    const auto colon = target.find("://");
    if (colon == std::string_view::npos) return {};
    const std::string_view scheme = target.substr(0, colon);
    const bool served = same_token(scheme, "http") || same_token(scheme, "https") ||
                        same_token(scheme, "ws") || same_token(scheme, "wss");
    const std::string_view rest = target.substr(colon + 3);
    const auto path = rest.find_first_of("/?#");
    if (!served || rest.empty() || path == 0) return {};
    if (path == std::string_view::npos) return "/";
    return rest[path] == '/' ? rest.substr(path) : std::string_view{};
}

std::string_view origin_form(std::string_view method, std::string_view target) noexcept {
    if (target.front() == '/') return target;
    if (target == "*") return method == "OPTIONS" ? target : std::string_view{};
    return path_of_absolute(target);
}

}  // namespace

std::optional<request_line> read_request_line(std::string_view line) {
    const auto first = line.find(' ');
    const auto last = line.rfind(' ');
    if (first == std::string_view::npos || last <= first + 1) return std::nullopt;

    request_line read;
    read.method = line.substr(0, first);
    const std::string_view target = line.substr(first + 1, last - first - 1);
    const std::string_view version = line.substr(last + 1);
    if (!is_token(read.method) || !printable(target)) return std::nullopt;
    if (version != "HTTP/1.1" && version != "HTTP/1.0") return std::nullopt;
    read.minor_version = version.back() - '0';
    read.target = origin_form(read.method, target);
    if (read.target.empty()) return std::nullopt;
    return read;
}

bool read_header_lines(std::string_view lines, std::vector<engine::header_field>& fields) {
    fields.clear();
    while (!lines.empty() && !lines.starts_with("\r\n")) {
        const std::string_view line = lines.substr(0, lines.find("\r\n"));
        const auto colon = line.find(':');
        if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) return false;
        fields.push_back({line.substr(0, colon), trimmed(line.substr(colon + 1))});
        lines.remove_prefix(std::min(lines.size(), line.size() + 2));
    }
    return true;
}

bool lines_end_well(std::string_view head) noexcept {
    while (!head.empty()) {
        const auto end = head.find('\n');
        const auto carriage = head.find('\r');
        if (end == std::string_view::npos || end == 0) return false;
        if (carriage != end - 1) return false;
        head.remove_prefix(end + 1);
    }
    return true;
}

}  // namespace kedge::transports
