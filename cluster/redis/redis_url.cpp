#include <kedge/cluster/redis/redis_url.hpp>

#include <charconv>
#include <optional>
#include <stdexcept>

namespace kedge::cluster {

namespace {

[[noreturn]] void refuse(const std::string& why) {
    throw std::invalid_argument("the URL of Redis " + why +
                                "; it looks like redis://user:password@host:6379/0 (rediss:// for TLS, "
                                "unix:///path/of/socket)");
}

int hex_digit(char c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

std::string percent_decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
        const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
        if (high < 0 || low < 0) refuse("has a % that two hex digits do not follow");
        out += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return out;
}

template <class Number>
std::optional<Number> number(std::string_view digits) noexcept {
    Number read{};
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), read);
    if (digits.empty() || error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
    return read;
}

/// Cuts off what lies before `mark`, if there is one.
std::optional<std::string_view> take_before(std::string_view& rest, std::size_t mark) {
    if (mark == std::string_view::npos) return std::nullopt;
    const std::string_view front = rest.substr(0, mark);
    rest.remove_prefix(mark + 1);
    return front;
}

void read_user(redis_url& to, std::string_view& rest) {
    const auto end_of_authority = rest.find_first_of("/?");
    auto user = take_before(rest, rest.substr(0, end_of_authority).rfind('@'));
    if (!user) return;
    if (auto name = take_before(*user, user->find(':'))) {
        to.user = percent_decoded(*name);
        to.password = percent_decoded(*user);
    } else {
        to.user = percent_decoded(*user);
    }
}

void read_port(redis_url& to, std::string_view digits) {
    const auto port = number<std::uint16_t>(digits);
    if (!port || *port == 0) refuse("has a port that is none");
    to.port = *port;
}

void read_host(redis_url& to, std::string_view authority) {
    const auto end = authority.starts_with('[') ? authority.find(']') : std::string_view::npos;
    if (authority.starts_with('[') && end == std::string_view::npos) refuse("lacks the ] behind its host");
    if (end != std::string_view::npos) {
        to.host = authority.substr(1, end - 1);
        authority.remove_prefix(end + 1);
        if (authority.empty()) return;
        if (authority.front() != ':') refuse("has something behind the ] of its host");
        return read_port(to, authority.substr(1));
    }
    const auto colon = authority.find(':');
    to.host = authority.substr(0, colon);
    if (colon != std::string_view::npos) read_port(to, authority.substr(colon + 1));
}

void read_database(redis_url& to, std::string_view digits) {
    const auto database = number<unsigned>(digits);
    if (!database) refuse("names a database that is no number");
    to.database = *database;
}

void read_query(redis_url& to, std::string_view query) {
    if (query.starts_with("db=")) return read_database(to, query.substr(3));
    refuse("has a query that is not db=number");
}

}  // namespace

redis_url parse_redis_url(std::string_view url) {
    redis_url made;
    const auto scheme_end = url.find("://");
    const std::string_view scheme = url.substr(0, scheme_end);
    std::string_view rest = scheme_end == std::string_view::npos ? "" : url.substr(scheme_end + 3);
    const bool is_unix = scheme == "unix" || scheme == "redis+unix";
    made.secure = scheme == "rediss";
    if (!is_unix && !made.secure && scheme != "redis") refuse("begins with no scheme that is known");
    read_user(made, rest);
    const auto question = rest.find('?');
    if (question != std::string_view::npos) read_query(made, rest.substr(question + 1));
    rest = rest.substr(0, question);
    if (is_unix) {
        made.path = percent_decoded(rest);
        if (!made.path.starts_with('/')) refuse("names no socket by its whole path");
        return made;
    }
    const auto slash = rest.find('/');
    read_host(made, rest.substr(0, slash));
    if (made.host.empty()) made.host = "localhost";
    if (slash != std::string_view::npos && slash + 1 < rest.size())
        read_database(made, rest.substr(slash + 1));
    return made;
}

}  // namespace kedge::cluster
