#include <bench/common/framing.hpp>
#include <bench/instructions/conversation.hpp>
#include <bench/instructions/rows.hpp>
#include <kedge/msgpack.hpp>
#include <string>
#include <vector>

namespace bench {
namespace {

kedge::server_options plain() {
    kedge::server_options how;
    how.port = 0;
    how.host = "127.0.0.1";
    how.ping_interval = kedge::engine::duration(3'600'000);
    how.ping_timeout = kedge::engine::duration(3'600'000);
    return how;
}

std::string repeated(std::string_view text, std::size_t times) {
    std::string all;
    for (std::size_t i = 0; i < times; ++i) all += text;
    return all;
}

/// So many messages of one client, some of them under way at a time, each of which has its answer.
void over_websocket(std::size_t messages, std::size_t at_once, std::string_view sent,
                    std::string_view answer) {
    rig to(plain());
    websocket_client one(to);
    const std::string batch = repeated(websocket_framing().outgoing(sent), at_once);
    const std::size_t answers = websocket_framing().incoming(answer).size() * at_once;
    for (std::size_t i = 0; i < messages; i += at_once) {
        one.send(batch);
        one.take(answers);
    }
}

void echo(std::size_t messages, std::size_t at_once, std::size_t bytes) {
    const std::string packet = event("echo", std::string(bytes, 'x'));
    over_websocket(messages, at_once, packet, packet);
}

std::string as_binary(std::string frame) {
    frame.front() = '\x82';
    return frame;
}

/// Bytes both ways, each time with the event that they belong to.
void binary(std::size_t messages, std::size_t bytes) {
    auto how = plain();
    how.max_http_buffer_size = 2 * bytes;
    rig to(how);
    websocket_client one(to);
    const std::string packet = "451-[\"binary\",{\"_placeholder\":true,\"num\":0}]";
    const std::string data(bytes, 'x');
    const std::string sent =
        websocket_framing().outgoing(packet) + as_binary(websocket_framing().outgoing(data));
    const std::size_t answer =
        websocket_framing().incoming(packet).size() + websocket_framing().incoming(data).size();
    for (std::size_t i = 0; i < messages; ++i) {
        one.send(sent);
        one.take(answer);
    }
}

void msgpack_echo(std::size_t messages) {
    constexpr std::size_t at_once = 16;
    const auto form = kedge::msgpack_parser();
    const auto packet = [&](kedge::packet_type type, kedge::function_ref<void(kedge::writer&)> data) {
        return std::string(form->encode({type, "/", {}}, data).head());
    };
    const std::string entry = packet(kedge::packet_type::connect, [](kedge::writer& to) {
        to.begin_object(0);
        to.end_object();
    });
    const std::string entered = packet(kedge::packet_type::connect, [](kedge::writer& to) {
        to.begin_object(1);
        to.key("sid");
        to.string(std::string(20, 'x'));
        to.end_object();
    });
    const std::string echoed = packet(kedge::packet_type::event, [](kedge::writer& to) {
        to.begin_array(2);
        to.string("echo");
        to.string(std::string(64, 'x'));
        to.end_array();
    });
    auto how = plain();
    how.parser = form;
    rig to(how);
    websocket_client one(to, as_binary(websocket_framing().outgoing(entry)),
                         websocket_framing().incoming(entered).size());
    const std::string batch = repeated(as_binary(websocket_framing().outgoing(echoed)), at_once);
    const std::size_t answers = websocket_framing().incoming(echoed).size() * at_once;
    for (std::size_t i = 0; i < messages; i += at_once) {
        one.send(batch);
        one.take(answers);
    }
}

std::string room_event(std::string_view name, std::size_t room, std::string_view more = {}) {
    return "42[\"" + std::string(name) + "\",\"room " + std::to_string(room) + "\"" + std::string(more) + "]";
}

/// A thousand rooms of ten, and messages to one after another.
void rooms(std::size_t deliveries) {
    constexpr std::size_t clients = 100;
    constexpr std::size_t of_each = 100;
    constexpr std::size_t members = 10;
    constexpr std::size_t all_rooms = clients * of_each / members;
    rig to(plain());
    std::vector<websocket_client> all;
    all.reserve(clients);
    for (std::size_t i = 0; i < clients; ++i) {
        all.emplace_back(to);
        for (std::size_t j = 0; j < of_each; ++j)
            all.back().send(websocket_framing().outgoing(room_event("join", (i / members) * of_each + j)));
    }
    const std::string text(64, 'x');
    const std::size_t size = websocket_framing().incoming(event("room", text)).size();
    for (std::size_t i = 0; i < deliveries; i += members) {
        const std::size_t room = i / members * 7 % all_rooms;
        const std::size_t first = room / of_each * members;
        all[first].send(websocket_framing().outgoing(room_event("room", room, ",\"" + text + "\"")));
        for (std::size_t j = 0; j < members; ++j) all[first + j].take(size);
    }
}

void joins(std::size_t pairs) {
    over_websocket(pairs, 16, "421[\"pair\",\"a room\"]", "431[true]");
}

void acks(std::size_t messages) {
    const std::string text(64, 'x');
    over_websocket(messages, 16, "421[\"ack\",\"" + text + "\"]", "431[\"" + text + "\"]");
}

void polling(std::size_t messages, std::size_t at_once) {
    rig to(plain());
    polling_client one(to);
    const std::string packet = event("echo", std::string(64, 'x'));
    std::string body = packet;
    for (std::size_t i = 1; i < at_once; ++i) body.append(1, separator).append(packet);
    for (std::size_t i = 0; i < messages; i += at_once) one.exchange(body, at_once);
}

/// One message to all, so many times; `deliveries` of them.
void broadcast(std::size_t deliveries) {
    constexpr std::size_t recipients = 1000;
    rig to(plain());
    std::vector<websocket_client> all;
    all.reserve(recipients);
    for (std::size_t i = 0; i < recipients; ++i) all.emplace_back(to);
    const std::string packet = event("broadcast", std::string(64, 'x'));
    const std::size_t size = websocket_framing().incoming(packet).size();
    for (std::size_t i = 0; i < deliveries; i += recipients) {
        all.front().send(websocket_framing().outgoing(packet));
        for (auto& each : all) each.take(size);
    }
}

void connect_websocket(std::size_t times) {
    rig to(plain());
    for (std::size_t i = 0; i < times; ++i) {
        const websocket_client one(to);
        to.serve();
    }
    to.serve();
}

void connect_polling(std::size_t times) {
    rig to(plain());
    for (std::size_t i = 0; i < times; ++i) {
        const polling_client one(to);
        to.serve();
    }
    to.serve();
}

}  // namespace

const std::map<std::string_view, std::function<void(std::size_t)>>& rows() {
    static const std::map<std::string_view, std::function<void(std::size_t)>> all{
        {"websocket echo, 64 B, 1 in flight", [](std::size_t n) { echo(n, 1, 64); }},
        {"websocket echo, 64 B, 16 in flight", [](std::size_t n) { echo(n, 16, 64); }},
        {"websocket echo, 1 KiB, 16 in flight", [](std::size_t n) { echo(n, 16, 1024); }},
        {"websocket acks, 16 in flight", acks},
        {"websocket echo, MessagePack, 16 in flight", msgpack_echo},
        {"binary echo, 64 KiB", [](std::size_t n) { binary(n, std::size_t{64} * 1024); }},
        {"binary echo, 1 MiB", [](std::size_t n) { binary(n, std::size_t{1024} * 1024); }},
        {"1000 rooms of 10, per delivery", rooms},
        {"join and leave, per pair", joins},
        {"polling echo, 1 in flight", [](std::size_t n) { polling(n, 1); }},
        {"polling echo, 16 in flight", [](std::size_t n) { polling(n, 16); }},
        {"broadcast to 1000, per delivery", broadcast},
        {"connect over websocket", connect_websocket},
        {"connect over polling", connect_polling},
    };
    return all;
}

}  // namespace bench
