#include "rooms.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <map>
#include <span>
#include <string_view>
#include <utility>

using namespace std::chrono_literals;

namespace chat {
namespace {

constexpr std::size_t remembered = 50;
constexpr std::size_t longest_text = 2000;
constexpr std::size_t longest_name = 24;
constexpr std::size_t longest_key = 40;

double milliseconds_now() {
    using namespace std::chrono;
    return static_cast<double>(duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count());
}

std::string text_of(const kedge::socket& socket, std::string_view what) {
    return std::string(socket.data(what).as_string());
}
std::string room_of(const kedge::socket& socket) {
    return text_of(socket, "room");
}
std::string name_of(const kedge::socket& socket) {
    return text_of(socket, "name");
}

// As the page counts, or fewer: an emoji is one here and two there.
std::size_t length(const std::string& text) {
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

// One for each page; while a page changes its transport it has two sockets.
std::vector<member> members_among(const std::vector<kedge::remote_socket>& sockets) {
    std::map<std::string, member> pages;
    for (const auto& each : sockets)
        pages[std::string(each.data()["who"].as_string())] = {
            std::string(each.data()["name"].as_string()),
            static_cast<int>(each.data()["protocol"].as_integer()),
            std::string(each.data()["transport"].as_string())};
    std::vector<member> members;
    members.reserve(pages.size());
    for (auto& [who, page] : pages) members.push_back(std::move(page));
    return members;
}

bool is_among(const std::vector<kedge::remote_socket>& sockets, std::string_view who, std::string_view but) {
    return std::any_of(sockets.begin(), sockets.end(), [=](const kedge::remote_socket& each) {
        return each.id() != but && each.data()["who"].as_string() == who;
    });
}

// Everybody in a room hears who is in it now.
void announce_members(const kedge::nsp& where, const std::string& room) {
    where.in(room).fetch_sockets().then([where, room](const std::vector<kedge::remote_socket>& sockets) {
        where.in(room).emit("members", members_among(sockets));
    });
}

// A page that is here by another socket still has not left.
void tell_of_leaving(const kedge::socket& socket, const std::string& room) {
    const auto where = socket.nsp();
    where.in(room).fetch_sockets().then(
        [where, room, id = socket.id(), name = name_of(socket),
         who = text_of(socket, "who")](const std::vector<kedge::remote_socket>& sockets) {
            if (!is_among(sockets, who, id)) where.to(room).emit("gone", name, who);
            where.in(room).emit("members", members_among(sockets));
        });
}

void part(const kedge::socket& socket) {
    const auto room = room_of(socket);
    if (room.empty()) return;
    socket.leave(room);
    tell_of_leaving(socket, room);
}

void note_transport(const kedge::socket& socket) {
    const auto now = socket.conn().transport_name();
    if (socket.data("transport").as_string() == now) return;
    socket.data("transport", now);
    if (const auto room = room_of(socket); !room.empty()) announce_members(socket.nsp(), room);
}

// To this server or to another: the others were told that it has gone.
void come_back(const kedge::socket& socket) {
    socket.data("transport", socket.conn().transport_name());
    if (const auto room = room_of(socket); !room.empty()) announce_members(socket.nsp(), room);
}

struct welcome {
    std::string name;
    std::vector<member> members;
    std::vector<entry> history;
};

void enter(const kedge::socket& socket, history& past, std::string room, std::string name, std::string who,
           kedge::ack answer) {
    if (name.empty() || length(name) > longest_name) name = "somebody";
    if (who.empty() || who.size() > longest_key) who = socket.id();
    if (room != room_of(socket)) part(socket);
    socket.data("who", who);
    socket.data("name", name);
    socket.data("room", room);
    socket.data("protocol", socket.conn().protocol());
    socket.data("transport", socket.conn().transport_name());
    socket.join(room);
    const auto everybody = socket.nsp().in(room);
    everybody.fetch_sockets().then([=, &past](const std::vector<kedge::remote_socket>& sockets) {
        const auto members = members_among(sockets);
        if (!is_among(sockets, who, socket.id())) socket.to(room).emit("entered", name, who);
        answer(welcome{name, members, past.of(room)});
        // The one who enters is told as well: whoever was sent something can come back and miss nothing.
        everybody.emit("members", members);
    });
}

// What is said is kept for those who are away for a moment; an event that asks for an answer would not be. So
// the others acknowledge a second one, which they get behind it; the sender then hears how many did.
template <class... Extra>
void tell_room(const kedge::socket& socket, const entry& said, const char* event, const Extra&... extra) {
    const auto others = socket.to(room_of(socket));
    others.emit(event, said, extra...);
    others.timeout(5s).emit(
        "heard", [socket, id = said.id](kedge::ack_error, const std::vector<kedge::value>& answers) {
            socket.emit("delivered", id, answers.size());
        });
}

entry said_by(const kedge::socket& socket, std::string text, std::string type) {
    return {0, text_of(socket, "who"), name_of(socket), std::move(text), std::move(type), 0};
}

struct receipt {
    std::uint64_t id;
};

}  // namespace
}  // namespace chat

template <>
struct kedge::json<chat::welcome> {
    static constexpr auto fields = kedge::fields(kedge::field("name", &chat::welcome::name),
                                                 kedge::field("members", &chat::welcome::members),
                                                 kedge::field("history", &chat::welcome::history));
};
template <>
struct kedge::json<chat::receipt> {
    static constexpr auto fields = kedge::fields(kedge::field("id", &chat::receipt::id));
};

namespace chat {

history::added history::add(const std::string& room, const std::string& key, entry said) {
    const std::lock_guard guard(lock_);
    auto& in = rooms_[room];
    const auto known = std::find_if(in.keys.begin(), in.keys.end(), [&](const auto& each) {
        return !key.empty() && each.first == key && each.second.who == said.who;
    });
    if (known != in.keys.end()) return {known->second, true};
    said.at = milliseconds_now();
    // On one of several servers by the time, since it may have been started anew.
    last_id_ = node_ == 0 ? last_id_ + 1 : std::max(last_id_ + 1, static_cast<std::uint64_t>(said.at));
    said.id = node_ == 0 ? last_id_ : last_id_ * 256 + node_;
    keep(in, key, said);
    return {said, false};
}

void history::keep(past& in, const std::string& key, const entry& said) {
    if (said.type.empty()) {  // pictures are passed on, not kept
        const auto later = [](double at, const entry& each) { return at < each.at; };
        in.entries.insert(std::upper_bound(in.entries.begin(), in.entries.end(), said.at, later), said);
    }
    if (in.entries.size() > remembered) in.entries.pop_front();
    in.keys.emplace_back(key, said);
    if (in.keys.size() > 2 * remembered) in.keys.pop_front();
}

std::vector<entry> history::of(const std::string& room) {
    const std::lock_guard guard(lock_);
    const auto found = rooms_.find(room);
    if (found == rooms_.end()) return {};
    return {found->second.entries.begin(), found->second.entries.end()};
}

void history::take(const note& from) {
    const std::lock_guard guard(lock_);
    auto& in = rooms_[from.room];
    const bool known = std::any_of(in.keys.begin(), in.keys.end(),
                                   [&](const auto& each) { return each.second.id == from.said.id; });
    if (!known) keep(in, from.key, from.said);
}

std::vector<note> history::all() {
    const std::lock_guard guard(lock_);
    std::vector<note> made;
    for (const auto& [room, in] : rooms_)
        for (const auto& [key, said] : in.keys) made.push_back({room, key, said});
    return made;
}

namespace {

/// Asks the other servers what was said before this one came; again while Redis is not there yet.
void ask_for_the_past(kedge::server& io, const std::shared_ptr<history>& past) {
    io.of("/").server_side_emit_with_ack("past").then(
        [&io, past](kedge::ack_error error, const std::vector<kedge::value>& answers) {
            for (const auto& each : answers)
                for (const auto& known : each.to<std::vector<note>>().value_or(std::vector<note>()))
                    past->take(known);
            if (error) io.after(200ms, [&io, past] { ask_for_the_past(io, past); });
        });
}

/// All servers know what was said, wherever that was.
void share_the_past(kedge::server& io, const std::shared_ptr<history>& past) {
    io.of("/").on("noted", [past](const note& said) { past->take(said); });
    io.of("/").on("past", [past] { return past->all(); });
    ask_for_the_past(io, past);
}

}  // namespace

void serve_rooms(kedge::server& io, const membership& of) {
    const auto past = std::make_shared<history>(of.node);
    const bool alone = of.redis.empty();
    if (!alone) share_the_past(io, past);
    const std::vector<std::string> rooms{"harbour", "lighthouse", "engine room"};

    io.on_event("enter", [past, rooms](const kedge::socket& socket, std::string room, std::string name,
                                       std::string who, kedge::ack answer) {
        if (std::find(rooms.begin(), rooms.end(), room) == rooms.end()) room = rooms.front();
        enter(socket, *past, std::move(room), std::move(name), std::move(who), std::move(answer));
    });
    io.on_event("say", [past, alone](const kedge::socket& socket, std::string text, const std::string& key,
                                     const kedge::ack& answer) {
        const auto room = room_of(socket);
        if (room.empty() || text.empty() || length(text) > longest_text || key.size() > longest_key) return;
        const auto [said, again] = past->add(room, key, said_by(socket, std::move(text), ""));
        answer(receipt{said.id});
        if (again) return;
        if (!alone) socket.nsp().server_side_emit("noted", note{room, key, said});
        tell_room(socket, said, "said");
    });
    io.on_event("picture",
                [past, alone](const kedge::socket& socket, std::string type, std::span<const std::byte> bytes,
                              const std::string& key, const kedge::ack& answer) {
                    const auto room = room_of(socket);
                    if (room.empty() || !type.starts_with("image/") || key.size() > longest_key) return;
                    const auto [said, again] = past->add(room, key, said_by(socket, "", std::move(type)));
                    answer(receipt{said.id});
                    if (again) return;
                    if (!alone) socket.nsp().server_side_emit("noted", note{room, key, said});
                    tell_room(socket, said, "picture", kedge::binary(bytes));
                });
    io.on_event("typing", [](const kedge::socket& socket, bool on) {
        if (const auto room = room_of(socket); !room.empty())
            socket.to(room).volatile_().emit("typing", name_of(socket), on);
    });
    io.on_event("rtt", [](const kedge::socket& socket, const kedge::ack& answer) {
        answer();
        note_transport(socket);
    });
    io.on_connection([](const kedge::socket& socket) {
        if (socket.recovered()) come_back(socket);
        socket.on_disconnect([socket](kedge::disconnect_reason) {
            if (const auto room = room_of(socket); !room.empty()) tell_of_leaving(socket, room);
        });
    });
}

}  // namespace chat
