#include "rooms.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <span>
#include <utility>

using namespace std::chrono_literals;

namespace chat {
namespace {

constexpr std::size_t remembered = 50;
constexpr std::size_t longest_text = 2000;
constexpr std::size_t longest_name = 24;

double milliseconds_now() {
    using namespace std::chrono;
    return static_cast<double>(duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count());
}

std::string room_of(const kedge::socket& socket) {
    return std::string(socket.data("room").as_string());
}
std::string name_of(const kedge::socket& socket) {
    return std::string(socket.data("name").as_string());
}

std::vector<member> members_among(const std::vector<kedge::remote_socket>& sockets) {
    std::vector<member> members;
    members.reserve(sockets.size());
    for (const auto& each : sockets)
        members.push_back({std::string(each.data()["name"].as_string()),
                           static_cast<int>(each.data()["protocol"].as_integer()),
                           std::string(each.data()["transport"].as_string())});
    return members;
}

// Everybody in a room hears who is in it now.
void announce_members(const kedge::nsp& where, const std::string& room) {
    where.in(room).fetch_sockets().then([where, room](const std::vector<kedge::remote_socket>& sockets) {
        where.in(room).emit("members", members_among(sockets));
    });
}

void part(const kedge::socket& socket) {
    const auto room = room_of(socket);
    if (room.empty()) return;
    socket.leave(room);
    socket.nsp().to(room).emit("gone", name_of(socket));
    announce_members(socket.nsp(), room);
}

void note_transport(const kedge::socket& socket) {
    const auto now = socket.conn().transport_name();
    if (socket.data("transport").as_string() == now) return;
    socket.data("transport", now);
    if (const auto room = room_of(socket); !room.empty()) announce_members(socket.nsp(), room);
}

struct welcome {
    std::string name;
    std::vector<member> members;
    std::vector<entry> history;
};

void enter(const kedge::socket& socket, history& past, std::string room, std::string name,
           kedge::ack answer) {
    if (name.empty() || name.size() > longest_name) name = "somebody";
    if (room != room_of(socket)) part(socket);
    socket.data("name", name);
    socket.data("room", room);
    socket.data("protocol", socket.conn().protocol());
    socket.data("transport", socket.conn().transport_name());
    socket.join(room);
    socket.to(room).emit("entered", name);
    const auto everybody = socket.nsp().in(room);
    everybody.fetch_sockets().then([=, &past](const std::vector<kedge::remote_socket>& sockets) {
        const auto members = members_among(sockets);
        answer(welcome{name, members, past.of(room)});
        socket.to(room).emit("members", members);
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

entry history::add(const std::string& room, std::string from, std::string text, std::string type) {
    const std::lock_guard guard(lock_);
    entry said{++last_id_, std::move(from), std::move(text), std::move(type), milliseconds_now()};
    if (!said.type.empty()) return said;  // pictures are passed on, not kept
    auto& past = rooms_[room];
    past.push_back(said);
    if (past.size() > remembered) past.pop_front();
    return said;
}

std::vector<entry> history::of(const std::string& room) {
    const std::lock_guard guard(lock_);
    const auto found = rooms_.find(room);
    if (found == rooms_.end()) return {};
    return {found->second.begin(), found->second.end()};
}

void serve_rooms(kedge::server& io) {
    const auto past = std::make_shared<history>();
    const std::vector<std::string> rooms{"harbour", "lighthouse", "engine room"};

    io.on_event("enter", [past, rooms](const kedge::socket& socket, std::string room, std::string name,
                                       kedge::ack answer) {
        if (std::find(rooms.begin(), rooms.end(), room) == rooms.end()) room = rooms.front();
        enter(socket, *past, std::move(room), std::move(name), std::move(answer));
    });
    io.on_event("say", [past](const kedge::socket& socket, std::string text, const kedge::ack& answer) {
        const auto room = room_of(socket);
        if (room.empty() || text.empty() || text.size() > longest_text) return;
        const auto said = past->add(room, name_of(socket), std::move(text), "");
        answer(receipt{said.id});
        tell_room(socket, said, "said");
    });
    io.on_event("picture", [past](const kedge::socket& socket, std::string type,
                                  std::span<const std::byte> bytes, const kedge::ack& answer) {
        const auto room = room_of(socket);
        if (room.empty() || !type.starts_with("image/")) return;
        const auto said = past->add(room, name_of(socket), "", std::move(type));
        answer(receipt{said.id});
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
        if (socket.recovered()) note_transport(socket);
        socket.on_disconnect([socket](kedge::disconnect_reason) {
            const auto room = room_of(socket);
            if (room.empty()) return;
            socket.nsp().to(room).emit("gone", name_of(socket));
            announce_members(socket.nsp(), room);
        });
    });
}

}  // namespace chat
