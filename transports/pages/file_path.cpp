#include <kedge/transports/pages/file_path.hpp>

#include <climits>
#include <cstdlib>

namespace kedge::transports {
namespace {

int hex_digit(char c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

std::optional<std::string> decoded(std::string_view path) {
    std::string result;
    result.reserve(path.size());
    for (std::size_t i = 0; i < path.size(); ++i) {
        char c = path[i];
        if (c == '%') {
            if (path.size() - i < 3) return std::nullopt;
            const int high = hex_digit(path[i + 1]), low = hex_digit(path[i + 2]);
            if (high < 0 || low < 0) return std::nullopt;
            c = static_cast<char>(high * 16 + low);
            i += 2;
            if (c == '/')
                return std::nullopt;  // an escaped slash is part of a name, and no file has such a name
        }
        if (c == '\0' || c == '\\') return std::nullopt;
        result += c;
    }
    return result;
}

bool fit_segment(std::string_view segment, bool dot_files) {
    if (segment.empty() || segment == "." || segment == "..") return false;
    return dot_files || segment.front() != '.';
}

}  // namespace

std::optional<std::string> file_path(std::string_view request_path, bool dot_files) {
    auto path = decoded(request_path);
    if (!path || path->empty() || path->front() != '/') return std::nullopt;
    path->erase(0, 1);
    std::string_view rest = *path;
    while (!rest.empty()) {
        const auto slash = rest.find('/');
        if (!fit_segment(rest.substr(0, slash), dot_files)) return std::nullopt;
        if (slash == rest.npos) break;
        rest.remove_prefix(slash + 1);
    }
    return path;
}

std::optional<std::string> place_below(const std::string& root, const std::string& relative) {
    char real[PATH_MAX];
    const std::string joined = root + '/' + relative;
    if (joined.size() >= PATH_MAX || !realpath(joined.c_str(), real)) return std::nullopt;
    std::string place = real;
    const bool below = place == root || root == "/" ||
                       (place.size() > root.size() && place.starts_with(root) && place[root.size()] == '/');
    if (!below) return std::nullopt;
    return place;
}

}  // namespace kedge::transports
