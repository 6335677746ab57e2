#include <kedge/cluster/messages/classic_form.hpp>

#include <array>
#include <optional>
#include <utility>

#include <kedge/socketio/value/json_writer.hpp>
#include <kedge/socketio/wire/msgpack_writer.hpp>

namespace kedge::cluster {

namespace {

/// The numbers of the requests and of those responses that have one.
constexpr std::int64_t list_ids = 0, join = 2, leave = 3, disconnect = 4, fetch = 5, emit = 6, ask = 7,
                       recipients = 8, answer = 9;

/// Characters that mean something in a Redis pattern are taken as they are.
std::string as_pattern(std::string_view text) {
    std::string made;
    for (const char c : text) {
        if (std::string_view("*?[]^\\").find(c) != std::string_view::npos) made += '\\';
        made += c;
    }
    return made;
}

bool is_response(verb what) noexcept {
    switch (what) {
        case verb::recipients:
        case verb::answer:
        case verb::sockets:
        case verb::reply:
        case verb::rooms:
        case verb::ids:
        case verb::done:
            return true;
        default:
            return false;
    }
}

std::int64_t number_of(verb request) noexcept {
    switch (request) {
        case verb::join:
            return join;
        case verb::leave:
            return leave;
        case verb::disconnect:
            return disconnect;
        case verb::emit:
            return emit;
        case verb::ask:
            return ask;
        default:
            return fetch;
    }
}

/// Broadcasts, and what clients say, are written as the parser says; all else is JSON.
bool is_packed(verb what) noexcept {
    return what == verb::broadcast || what == verb::ask || what == verb::answer;
}

void member(writer& to, std::string_view name, std::string_view text) {
    to.key(name);
    to.string(text);
}

void member(writer& to, std::string_view name, std::int64_t number) {
    to.key(name);
    to.integer(number);
}

}  // namespace

classic_form::classic_form(const std::string& key, std::string nsp, std::string uid, classic_parser parser)
    : nsp_(std::move(nsp)),
      uid_(std::move(uid)),
      parser_(parser),
      prefix_(key + '#' + nsp_ + '#'),
      pattern_(as_pattern(prefix_) + '*'),
      request_channel_(key + "-request#" + nsp_ + '#'),
      response_channel_(key + "-response#" + nsp_ + '#') {
    if (parser == classic_parser::json)
        append_json_string(own_name_, uid_);
    else
        msgpack_writer(own_name_).string(uid_);
}

std::string classic_form::response_channel_of(std::string_view uid) const {
    std::string made = response_channel_;
    made += uid;
    return made += '#';
}

std::string classic_form::channel_of_room(std::string_view room) const {
    std::string made = prefix_;
    made += room;
    return made += '#';
}

std::string classic_form::channel_of(const outgoing_message& message) const {
    if (is_response(message.what))
        return message.to.empty() ? response_channel_ : response_channel_of(message.to);
    if (message.what != verb::broadcast) return request_channel_;
    const auto& rooms = message.options->rooms;
    return rooms.size() == 1 ? channel_of_room(rooms.front()) : prefix_;
}

// --- Writing

std::string classic_form::write(const outgoing_message& message) const {
    std::string made;
    const auto put = [&](writer& to) {
        if (message.what == verb::broadcast)
            write_broadcast(to, message);
        else if (is_response(message.what))
            write_response(to, message);
        else
            write_request(to, message);
    };
    if (is_packed(message.what) && parser_ == classic_parser::msgpack) {
        msgpack_writer to(made);
        put(to);
    } else {
        json_writer to(made);
        put(to);
    }
    return made;
}

void classic_form::write_broadcast(writer& to, const outgoing_message& message) const {
    to.begin_array(message.ticket == 0 ? 3 : 4);  // other implementations look at three
    to.string(uid_);
    write_packet(to, message);
    write_options(to, *message.options, with_flags::yes);
    if (message.ticket != 0) to.unsigned_integer(message.ticket);
    to.end_array();
}

void classic_form::write_packet(writer& to, const outgoing_message& message) const {
    to.begin_object(3);
    member(to, "type", 2);
    to.key("data");
    message.data(to);
    member(to, "nsp", nsp_);
    to.end_object();
}

void classic_form::write_request(writer& to, const outgoing_message& message) const {
    const bool asks = !message.request.empty();
    const bool options = message.options != nullptr;
    const bool names = message.what == verb::join || message.what == verb::leave;
    const bool close = message.what == verb::disconnect;
    const bool data = message.what == verb::emit;
    const bool packet = message.what == verb::ask;
    std::size_t members = 2;
    for (const bool each : {asks, options, names, close, data, packet}) members += each ? 1 : 0;
    to.begin_object(members);
    member(to, "uid", uid_);
    if (asks) member(to, "requestId", message.request);
    member(to, "type", number_of(message.what));
    if (packet) {
        to.key("packet");
        write_packet(to, message);
    }
    if (options) {
        to.key("opts");
        write_options(to, *message.options, packet ? with_flags::yes : with_flags::no);
    }
    if (names) {
        to.key("rooms");
        to.begin_array(message.rooms.size());
        for (const auto& each : message.rooms) to.string(each);
        to.end_array();
    }
    if (close) {
        to.key("close");
        to.boolean(message.close);
    }
    if (data) {
        to.key("data");
        message.data(to);
    }
    to.end_object();
}

// The uid of who answers is ours: other implementations do not write it, nor look at it.
void classic_form::write_response(writer& to, const outgoing_message& message) const {
    std::optional<std::int64_t> type;
    std::string_view name;
    switch (message.what) {
        case verb::recipients:
            type = recipients;
            name = "clientCount";
            break;
        case verb::answer:
            type = answer;
            name = "packet";
            break;
        case verb::reply:
            type = emit;
            name = "data";
            break;
        case verb::rooms:
            name = "rooms";
            break;
        case verb::done:
            break;
        default:
            name = "sockets";
    }
    to.begin_object(std::size_t{2} + (type ? 1 : 0) + (name.empty() ? 0 : 1));
    if (type) member(to, "type", *type);
    member(to, "requestId", message.request);
    if (!name.empty()) {
        to.key(name);
        if (message.what == verb::recipients)
            to.unsigned_integer(message.count);
        else
            message.data(to);
    }
    member(to, "uid", uid_);
    to.end_object();
}

// --- Reading

bool classic_form::room_of(std::string_view channel, std::string_view& room) const noexcept {
    if (!channel.starts_with(prefix_)) return false;
    room = channel.substr(prefix_.size());
    if (!room.empty()) room.remove_suffix(1);  // the # behind it
    return true;
}

bool classic_form::is_own(std::string_view broadcast) const noexcept {
    return !broadcast.empty() && broadcast.substr(1).starts_with(own_name_);
}

bool classic_form::read_broadcast(const item& from, node_message& to) const {
    if (!from.is_array() || from.size() < 2) return false;
    to.what = verb::broadcast;
    to.uid = from[0].as_string();
    to.ticket = from[3].as_uint64().value_or(0);
    return read_packet(from[1], to) && read_options(from[2], to.options);
}

bool classic_form::read_packet(const item& from, node_message& to) const {
    const item nsp = from["nsp"];
    const std::string_view meant = nsp.exists() ? nsp.as_string() : std::string_view("/");
    const auto type = from["type"].as_int64();
    to.data = from["data"];
    // 5 is what nodes of Socket.IO 2 write where there is binary.
    return meant == nsp_ && (type == 2 || type == 5) && is_event(to.data);
}

bool classic_form::read_request(const item& from, node_message& to) const {
    static constexpr std::array<verb, 8> verbs{verb::list_ids,   verb::list_rooms, verb::join, verb::leave,
                                               verb::disconnect, verb::fetch,      verb::emit, verb::ask};
    const auto type = from["type"].as_int64();
    if (!type || *type < 0 || *type >= static_cast<std::int64_t>(verbs.size())) return false;
    to.what = verbs[static_cast<std::size_t>(*type)];
    to.uid = from["uid"].as_string();
    to.request = from["requestId"].as_string();
    to.close = from["close"].as_boolean();
    to.data = from["data"];
    const item sid = from["sid"];
    if (sid.is_string()) {  // the form of 6.x: one socket and one room
        to.options.rooms.emplace_back(sid.as_string());
        if (from["room"].is_string()) to.rooms.emplace_back(from["room"].as_string());
        return *type >= join && *type <= disconnect;
    }
    if (*type == list_ids) return !to.request.empty() && read_names(from["rooms"], to.options.rooms);
    if (!read_names(from["rooms"], to.rooms) || !read_options(from["opts"], to.options)) return false;
    if (*type == emit) return is_event(to.data);
    if (*type >= join && *type <= disconnect) {
        to.request = {};  // such are answered by nobody
        return from["opts"].is_object();
    }
    if (to.request.empty()) return false;
    return *type != ask || read_packet(from["packet"], to);
}

bool classic_form::read_response(const item& from, node_message& to) const {
    to.request = from["requestId"].as_string();
    to.uid = from["uid"].as_string();
    if (to.request.empty()) return false;
    const auto type = from["type"].as_int64();
    if (!type) {
        to.what = verb::sockets;
        to.data = from["sockets"];
        return to.data.is_array();
    }
    if (*type == recipients) {
        const auto count = from["clientCount"].as_uint64();
        to.what = verb::recipients;
        to.count = static_cast<std::size_t>(count.value_or(0));
        return count.has_value();
    }
    to.what = *type == answer ? verb::answer : verb::reply;
    to.data = from[*type == answer ? "packet" : "data"];
    return *type == answer || *type == emit;
}

}  // namespace kedge::cluster
