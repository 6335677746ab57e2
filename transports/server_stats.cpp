#include <transports/server_stats.hpp>

namespace kedge::transports {

namespace {

template <class Numbers>
void add(Numbers& to, const Numbers& from) noexcept {
    for (std::size_t i = 0; i < to.size(); ++i) to[i] += from[i];
}

}  // namespace

worker_stats& worker_stats::operator+=(const worker_stats& other) noexcept {
    connections += other.connections;
    sessions += other.sessions;
    add(sessions_by_kind, other.sessions_by_kind);
    sessions_opened += other.sessions_opened;
    sessions_upgraded += other.sessions_upgraded;
    add(sessions_closed, other.sessions_closed);
    requests += other.requests;
    bad_requests += other.bad_requests;
    add(refused, other.refused);
    moved += other.moved;
    packets_in += other.packets_in;
    packets_out += other.packets_out;
    bytes_in += other.bytes_in;
    bytes_out += other.bytes_out;
    bytes_waiting += other.bytes_waiting;
    tls_handshakes += other.tls_handshakes;
    tls_resumptions += other.tls_resumptions;
    tls_failures += other.tls_failures;
    return *this;
}

}  // namespace kedge::transports
