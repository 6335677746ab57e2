#include <kedge/sockjs/target.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace kedge::sockjs {

namespace {

using named = std::pair<std::string_view, resource>;

constexpr std::array<named, 8> of_sessions{{
    {"websocket", resource::websocket},
    {"xhr", resource::xhr},
    {"xhr_send", resource::xhr_send},
    {"xhr_streaming", resource::xhr_streaming},
    {"eventsource", resource::eventsource},
    {"htmlfile", resource::htmlfile},
    {"jsonp", resource::jsonp},
    {"jsonp_send", resource::jsonp_send},
}};

bool iframe_character(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

/// `iframe.html` and `iframe-<version>.html`: whatever the version is, the page is the same.
bool names_iframe(std::string_view segment) noexcept {
    constexpr std::string_view begin = "iframe", end = ".html";
    if (segment.size() < begin.size() + end.size()) return false;
    if (!segment.starts_with(begin) || !segment.ends_with(end)) return false;
    return std::all_of(segment.begin() + begin.size(), segment.end() - end.size(), iframe_character);
}

resource of_service(std::string_view segment) noexcept {
    if (segment == "info") return resource::info;
    if (segment == "sockjs.min.js") return resource::script;
    if (segment == "websocket") return resource::raw_websocket;
    return names_iframe(segment) ? resource::iframe : resource::unknown;
}

bool valid_name(std::string_view segment) noexcept {
    return !segment.empty() && segment.find('.') == std::string_view::npos;
}

/// `<server>/<session>/<transport>`; who the server is concerns proxies alone.
target of_session(std::string_view path) noexcept {
    const std::size_t first = path.find('/');
    const std::size_t second = path.find('/', first + 1);
    if (second == std::string_view::npos) return {};
    const std::string_view session = path.substr(first + 1, second - first - 1);
    const std::string_view name = path.substr(second + 1);
    if (!valid_name(path.substr(0, first)) || !valid_name(session)) return {};
    const auto found = std::find_if(of_sessions.begin(), of_sessions.end(),
                                    [&](const named& each) { return each.first == name; });
    if (found == of_sessions.end()) return {};
    return {.what = found->second, .session = session, .query = {}};
}

}  // namespace

std::optional<target> read_target(std::string_view raw, std::string_view prefix) noexcept {
    const std::size_t mark = raw.find('?');
    std::string_view path = raw.substr(0, mark);
    if (!path.starts_with(prefix)) return std::nullopt;
    path.remove_prefix(prefix.size());
    if (!path.empty() && path.front() != '/') return std::nullopt;
    target read;
    if (path.empty() || path == "/") {
        read.what = resource::greeting;
    } else {
        path.remove_prefix(1);
        if (path.ends_with('/')) path.remove_suffix(1);
        read = path.find('/') == std::string_view::npos ? target{.what = of_service(path)} : of_session(path);
    }
    if (mark != std::string_view::npos) read.query = raw.substr(mark + 1);
    return read;
}

}  // namespace kedge::sockjs
