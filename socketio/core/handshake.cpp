#include <kedge/socketio/core/handshake.hpp>

#include <array>
#include <chrono>
#include <cstdio>

namespace kedge {
namespace {

void write_pairs(writer& to, const std::vector<std::pair<std::string, std::string>>& pairs) {
    to.begin_object(pairs.size());
    for (const auto& [name, content] : pairs) {
        to.key(name);
        to.string(content);
    }
    to.end_object();
}

}  // namespace

std::optional<std::string> handshake_headers::find(std::string_view name) const {
    return from_ ? from_->header(name) : std::nullopt;
}

std::string handshake_headers::operator[](std::string_view name) const {
    return find(name).value_or(std::string());
}

std::vector<std::pair<std::string, std::string>> handshake_headers::all() const {
    if (!from_) return {};
    return from_->header_items();
}

std::optional<std::string> handshake_query::find(std::string_view name) const {
    return from_ ? from_->query(name) : std::nullopt;
}

std::string handshake_query::operator[](std::string_view name) const {
    return find(name).value_or(std::string());
}

std::vector<std::pair<std::string, std::string>> handshake_query::all() const {
    if (!from_) return {};
    return from_->query_items();
}

std::string format_time(std::int64_t milliseconds) {
    using namespace std::chrono;
    static constexpr std::array<const char*, 7> weekdays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr std::array<const char*, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const sys_time<std::chrono::milliseconds> moment{std::chrono::milliseconds(milliseconds)};
    const auto day = floor<days>(moment);
    const year_month_day date(day);
    const hh_mm_ss clock(floor<seconds>(moment - day));
    std::array<char, 80> text{};
    const int length = std::snprintf(
        text.data(), text.size(), "%s %s %02u %04d %02d:%02d:%02d GMT+0000 (Coordinated Universal Time)",
        weekdays[weekday(day).c_encoding()], months[static_cast<unsigned>(date.month()) - 1],
        static_cast<unsigned>(date.day()), static_cast<int>(date.year()),
        static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
        static_cast<int>(clock.seconds().count()));
    return std::string(text.data(), static_cast<std::size_t>(length));
}

handshake make_handshake(const engine::request* from, std::int64_t issued, const value& auth) {
    return {
        .headers = handshake_headers(from),
        .time = format_time(issued),
        .issued = issued,
        .address = from ? from->remote_address() : std::string_view(),
        .xdomain = from && from->find("origin").has_value(),
        .secure = from && from->secure(),
        .url = from ? from->target() : std::string_view(),
        .query = handshake_query(from),
        .auth = auth,
        .certificate = from ? from->certificate() : nullptr,
        .request = from,
    };
}

void json<handshake_headers>::write(writer& to, const handshake_headers& from) {
    write_pairs(to, from.all());
}

void json<handshake_query>::write(writer& to, const handshake_query& from) {
    write_pairs(to, from.all());
}

void json<handshake>::write(writer& to, const handshake& from) {
    to.begin_object(9);
    to.key("headers");
    kedge::write(to, from.headers);
    to.key("time");
    to.string(from.time);
    to.key("address");
    to.string(from.address);
    to.key("xdomain");
    to.boolean(from.xdomain);
    to.key("secure");
    to.boolean(from.secure);
    to.key("issued");
    to.integer(from.issued);
    to.key("url");
    to.string(from.url);
    to.key("query");
    kedge::write(to, from.query);
    to.key("auth");
    from.auth.write(to);
    to.end_object();
}

}  // namespace kedge
