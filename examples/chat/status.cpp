#include "status.hpp"

#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <fstream>
#include <numeric>
#include <vector>

using namespace std::chrono_literals;

namespace chat {
namespace {

using kedge::engine::revision;
using kedge::engine::transport_kind;

struct figures {
    double at = 0;
    double uptime = 0;
    std::uint64_t websocket = 0, polling = 0, v3 = 0, v4 = 0;
    std::uint64_t connections = 0, accepted = 0, refused = 0;
    std::uint64_t packets_in = 0, packets_out = 0, bytes_in = 0, bytes_out = 0, unsent = 0;
    std::uint64_t memory = 0;
    std::vector<std::uint64_t> workers;  // sessions of each
};

std::uint64_t resident_bytes() {
    std::uint64_t total_pages = 0, resident_pages = 0;
    std::ifstream("/proc/self/statm") >> total_pages >> resident_pages;
    return resident_pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

double seconds_between(std::chrono::steady_clock::time_point from, std::chrono::steady_clock::time_point to) {
    return std::chrono::duration<double>(to - from).count();
}

figures take_figures(const kedge::server& io, std::chrono::steady_clock::time_point begun) {
    const auto stats = io.stats();
    const auto& all = stats.total;
    figures now;
    now.uptime = seconds_between(begun, std::chrono::steady_clock::now());
    now.at = now.uptime * 1000;
    for (const auto protocol : {revision::v3, revision::v4}) {
        const auto polling = all.sessions_on(transport_kind::polling, protocol);
        const auto websocket = all.sessions_on(transport_kind::websocket, protocol);
        now.polling += polling;
        now.websocket += websocket;
        (protocol == revision::v3 ? now.v3 : now.v4) = polling + websocket;
    }
    now.connections = all.connections;
    now.accepted = stats.accepted;
    now.refused = std::accumulate(all.refused.begin(), all.refused.end(), stats.refused_connections);
    now.packets_in = all.packets_in;
    now.packets_out = all.packets_out;
    now.bytes_in = all.bytes_in;
    now.bytes_out = all.bytes_out;
    now.unsent = all.bytes_waiting;
    now.memory = resident_bytes();
    for (const auto& worker : stats.workers) now.workers.push_back(worker.sessions);
    return now;
}

}  // namespace
}  // namespace chat

template <>
struct kedge::json<chat::figures> {
    using f = chat::figures;
    static constexpr auto fields =
        kedge::fields(kedge::field("at", &f::at), kedge::field("uptime", &f::uptime),
                      kedge::field("websocket", &f::websocket), kedge::field("polling", &f::polling),
                      kedge::field("v3", &f::v3), kedge::field("v4", &f::v4),
                      kedge::field("connections", &f::connections), kedge::field("accepted", &f::accepted),
                      kedge::field("refused", &f::refused), kedge::field("packets_in", &f::packets_in),
                      kedge::field("packets_out", &f::packets_out), kedge::field("bytes_in", &f::bytes_in),
                      kedge::field("bytes_out", &f::bytes_out), kedge::field("unsent", &f::unsent),
                      kedge::field("memory", &f::memory), kedge::field("workers", &f::workers));
};

namespace chat {
namespace {

void push_figures(const kedge::server& io, const kedge::nsp& status,
                  std::chrono::steady_clock::time_point begun) {
    status.volatile_().emit("figures", take_figures(io, begun));
    io.after(1s, [&io, status, begun] { push_figures(io, status, begun); });
}

}  // namespace

void serve_status(kedge::server& io) {
    const auto begun = std::chrono::steady_clock::now();
    const auto status = io.of("/status");
    status.on_connection(
        [&io, begun](const kedge::socket& socket) { socket.emit("figures", take_figures(io, begun)); });
    push_figures(io, status, begun);
}

}  // namespace chat
