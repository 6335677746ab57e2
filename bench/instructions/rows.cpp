#include <bench/common/framing.hpp>
#include <bench/instructions/conversation.hpp>
#include <bench/instructions/rows.hpp>
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
        {"polling echo, 1 in flight", [](std::size_t n) { polling(n, 1); }},
        {"polling echo, 16 in flight", [](std::size_t n) { polling(n, 16); }},
        {"broadcast to 1000, per delivery", broadcast},
        {"connect over websocket", connect_websocket},
        {"connect over polling", connect_polling},
    };
    return all;
}

}  // namespace bench
