#include <kedge/admin/snapshot.hpp>

#include <array>
#include <cstddef>
#include <cstdio>

#include <kedge/socketio/core/nsp_state.hpp>
#include <kedge/socketio/core/socket_state.hpp>

namespace kedge::admin {
namespace {

constexpr std::size_t shown_of_id = 12;

// The page shows whom a proxy names, as the reference has it, believed or not: the headers stand beside it.
const value& shown_address(const value& handshake) {
    for (const std::string_view header : {"cf-connecting-ip", "x-forwarded-for"}) {
        const value& named = handshake["headers"][header];
        if (!named.as_string().empty()) return named;
    }
    return handshake["address"];
}

// Whatever else is in a handshake, auth before all, is not for the page.
value shown_handshake(const value& from) {
    value shown = value::object({{"address", shown_address(from)}});
    for (const std::string_view name : {"headers", "query", "issued", "secure", "time", "url", "xdomain"})
        if (from.contains(name)) shown.append(std::string(name), from[name]);
    return shown;
}

value describe_parts(std::string_view id, std::string_view nsp, const value& handshake, const value& data,
                     const std::vector<std::string>& rooms) {
    value shown = value::object({{"id", id}});
    const value& own = data[own_member];
    for (const std::string_view name : {"clientId", "transport"})
        if (own.contains(name)) shown.append(std::string(name), own[name]);
    shown.append("nsp", nsp);
    shown.append("data", shown_data(data));
    shown.append("handshake", shown_handshake(handshake));
    shown.append("rooms", to_value(rooms));
    return shown;
}

}  // namespace

value own_facts(const socket& one) {
    const auto below = one.conn();
    return value::object(
        {{"clientId", below.id().substr(0, shown_of_id)}, {"transport", below.transport_name()}});
}

value shown_data(const value& data) {
    if (!data.is_object()) return value::object();
    value shown = data;
    shown.erase(own_member);
    return shown;
}

value describe(const socket& one) {
    const auto& state = *one.state();
    return describe_parts(one.id(), state.nsp().name(), to_value(one.handshake()), one.state()->data(),
                          one.rooms());
}

value describe(std::string_view nsp, const remote_socket& one) {
    return describe_parts(one.id(), nsp, one.handshake(), one.data(), one.rooms());
}

std::string iso_time(std::chrono::system_clock::time_point when) {
    using namespace std::chrono;
    const auto moment = floor<milliseconds>(when);
    const auto day = floor<days>(moment);
    const year_month_day date(day);
    const hh_mm_ss clock(moment - day);
    std::array<char, 48> text{};
    const int length = std::snprintf(
        text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
        static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
        static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
        static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
    return std::string(text.data(), static_cast<std::size_t>(length));
}

}  // namespace kedge::admin
