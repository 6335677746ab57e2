#include <kedge/cluster/messages/cluster_form.hpp>

#include <array>
#include <utility>

#include <kedge/socketio/value/json_writer.hpp>
#include <kedge/socketio/wire/msgpack_writer.hpp>

namespace kedge::cluster {

namespace {

// The last four are ours: other implementations pass over them.
constexpr std::array<std::pair<int, verb>, 15> numbers{{{3, verb::broadcast},
                                                        {3, verb::ask},
                                                        {4, verb::join},
                                                        {5, verb::leave},
                                                        {6, verb::disconnect},
                                                        {7, verb::fetch},
                                                        {8, verb::sockets},
                                                        {9, verb::emit},
                                                        {10, verb::reply},
                                                        {11, verb::recipients},
                                                        {12, verb::answer},
                                                        {1001, verb::recall},
                                                        {1002, verb::recalled},
                                                        {1003, verb::look_back},
                                                        {1004, verb::heard}}};

void write_packet(writer& to, const outgoing_message& message) {
    to.begin_object(2);
    to.key("type");
    to.integer(2);
    to.key("data");
    message.data(to);
    to.end_object();
}

bool has_packet(verb what) noexcept {
    return what == verb::broadcast || what == verb::ask;
}

/// `packet` of servers' events and answers is the data itself.
bool has_value(verb what) noexcept {
    return what == verb::emit || what == verb::reply || what == verb::answer || what == verb::recall ||
           what == verb::recalled || what == verb::look_back || what == verb::heard;
}

void write_members(writer& to, const outgoing_message& message) {
    if (has_packet(message.what) || has_value(message.what)) {
        to.key("packet");
        has_packet(message.what) ? write_packet(to, message) : message.data(to);
    }
    if (!message.request.empty()) {
        to.key("requestId");
        to.string(message.request);
    }
    if (message.options) {
        to.key("opts");
        write_options(to, *message.options, with_flags::yes);
    }
    if (message.what == verb::join || message.what == verb::leave) {
        to.key("rooms");
        to.begin_array(message.rooms.size());
        for (const auto& each : message.rooms) to.string(each);
        to.end_array();
    } else if (message.what == verb::disconnect) {
        to.key("close");
        to.boolean(message.close);
    } else if (message.what == verb::sockets) {
        to.key("sockets");
        message.data(to);
    } else if (message.what == verb::recipients) {
        to.key("clientCount");
        to.unsigned_integer(message.count);
    }
}

std::size_t members_of(const outgoing_message& message) noexcept {
    const bool one_more = has_packet(message.what) || has_value(message.what) || message.what == verb::join ||
                          message.what == verb::leave || message.what == verb::disconnect ||
                          message.what == verb::sockets || message.what == verb::recipients;
    return (message.request.empty() ? 0U : 1U) + (message.options ? 1U : 0U) + (one_more ? 1U : 0U);
}

void write_data_object(writer& to, const outgoing_message& message) {
    to.begin_object(members_of(message));
    write_members(to, message);
    to.end_object();
}

/// JSON, but MessagePack when there is binary in it.
template <class Write>
std::string json_or_msgpack(Write&& write) {
    std::string made;
    json_writer::binaries found;
    json_writer text(made, &found);
    write(text);
    if (found.empty()) return made;
    made.clear();
    msgpack_writer packed(made);
    write(packed);
    return made;
}

bool read_broadcast(const item& data, node_message& to) {
    const auto type = data["packet"]["type"].as_int64();
    to.what = to.request.empty() ? verb::broadcast : verb::ask;
    to.data = data["packet"]["data"];
    return (type == 2 || type == 5) && is_event(to.data);
}

}  // namespace

int cluster_form::number_of(verb what) noexcept {
    for (const auto& [number, which] : numbers)
        if (which == what) return number;
    return 0;
}

void cluster_form::write_all(writer& to, const outgoing_message& message) const {
    to.begin_object(4);
    to.key("type");
    to.integer(number_of(message.what));
    to.key("data");
    write_data_object(to, message);
    to.key("uid");
    to.string(uid_);
    to.key("nsp");
    to.string(nsp_);
    to.end_object();
}

std::string cluster_form::write(const outgoing_message& message) const {
    return json_or_msgpack([&](writer& to) { write_all(to, message); });
}

std::string cluster_form::write_packed(const outgoing_message& message) const {
    std::string made;
    msgpack_writer to(made);
    write_all(to, message);
    return made;
}

std::string cluster_form::write_data(const outgoing_message& message, binary_form binaries) const {
    if (binaries == binary_form::msgpack)
        return json_or_msgpack([&](writer& to) { write_data_object(to, message); });
    std::string made;
    json_writer to(made);
    write_data_object(to, message);
    return made;
}

bool cluster_form::read(const item& from, node_message& to) const {
    const auto number = from["type"].as_int64();
    if (!number || from["nsp"].as_string() != nsp_) return false;
    to.uid = from["uid"].as_string();
    return read_data(*number, from["data"], to);
}

bool cluster_form::read_data(std::int64_t number, const item& data, node_message& to) {
    to.request = data["requestId"].as_string();
    if (number == 3) return read_options(data["opts"], to.options) && read_broadcast(data, to);
    for (const auto& [known, which] : numbers)
        if (known == number) to.what = which;
    to.close = data["close"].as_boolean();
    switch (number) {
        case 4:
        case 5:
        case 6:
            to.request = {};
            return data["opts"].is_object() && read_options(data["opts"], to.options) &&
                   read_names(data["rooms"], to.rooms);
        case 7:
            return !to.request.empty() && read_options(data["opts"], to.options);
        case 8:
            to.data = data["sockets"];
            return !to.request.empty() && to.data.is_array();
        case 9:
            to.data = data["packet"];
            return is_event(to.data);
        case 11:
            to.count = static_cast<std::size_t>(data["clientCount"].as_uint64().value_or(0));
            return !to.request.empty();
        case 10:
        case 12:
        case 1001:
        case 1002:
        case 1003:
        case 1004:
            to.data = data["packet"];
            return !to.request.empty();
        default:
            return false;
    }
}

}  // namespace kedge::cluster
