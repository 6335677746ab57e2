#include <kedge/socketio/core/conn_watch.hpp>

#include <array>
#include <string>

#include <kedge/engine/message.hpp>
#include <kedge/engine/packet.hpp>
#include <kedge/engine/transport.hpp>
#include <kedge/socketio/core/desk.hpp>

namespace kedge {
namespace {

std::string_view name_of(engine::packet_type type) noexcept {
    static constexpr std::array<std::string_view, 7> names{"open",    "close",   "ping", "pong",
                                                           "message", "upgrade", "noop"};
    return names[static_cast<std::size_t>(type)];
}

}  // namespace

// A handler that is dropped may be running: it lives until the turn ends.
void conn_watch::forget(const socket_state& left) {
    const auto drop = [&](auto& all) {
        std::erase_if(all, [&](const auto& each) {
            if (each.who != &left) return false;
            home_.bury(each.handler);
            return true;
        });
    };
    drop(packet);
    drop(packet_create);
    drop(drain);
    drop(upgrade);
}

// A handler may add others, and make its socket leave.
template <class... Args>
void conn_watch::tell(const list<Args...>& all, Args... args) {
    if (all.empty()) return;
    const desk::presence here(home_);
    auto now = all;
    for (auto& each : now) (*each.handler)(args...);
}

void conn_watch::on_packet(engine::session&, const engine::packet& received) {
    tell<const conn_packet&>(packet, {.type = name_of(received.type),
                                      .data = {received.data.data(), received.data.size()},
                                      .binary = received.content == engine::content_kind::binary});
}

// Told later: what is being sent may lie in a buffer that a handler which sends would write to.
void conn_watch::on_packet_create(engine::session&, const engine::outbound& sent) {
    if (packet_create.empty()) return;
    home_.post([all = packet_create, type = name_of(sent.type), data = std::string(sent.data),
                binary = sent.content == engine::content_kind::binary] {
        for (const auto& each : all) (*each.handler)({.type = type, .data = data, .binary = binary});
    });
}

void conn_watch::on_drain(engine::session&) {
    tell(drain);
}

void conn_watch::on_upgrade(engine::session&, engine::transport& to) {
    tell<std::string_view>(upgrade, engine::to_string(to.kind()));
}

}  // namespace kedge
