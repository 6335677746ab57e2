#include <kedge/transports/engineio/server_stats.hpp>

#include <kedge/transports/engineio/engine_share.hpp>

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
    silent += other.silent;
    add(refused, other.refused);
    turned_away += other.turned_away;
    unattended += other.unattended;
    evicted += other.evicted;
    moved += other.moved;
    passed_on += other.passed_on;
    passing_failed += other.passing_failed;
    from_peers += other.from_peers;
    peers_refused += other.peers_refused;
    packets_in += other.packets_in;
    packets_out += other.packets_out;
    bytes_in += other.bytes_in;
    bytes_out += other.bytes_out;
    bytes_waiting += other.bytes_waiting;
    bytes_arriving += other.bytes_arriving;
    arrivals_cut += other.arrivals_cut;
    tls_handshakes += other.tls_handshakes;
    tls_resumptions += other.tls_resumptions;
    tls_failures += other.tls_failures;
    turns += other.turns;
    waits += other.waits;
    return *this;
}

worker_stats stats_of(engine_share& of) {
    const engine::session_counters& sessions = of.sessions().counters();
    const engine_counters& counts = of.counters();
    const http_counters& http = of.http().counters();
    const io_counters& io = of.home().counters();
    worker_stats numbers;
    numbers.connections = of.home().connections();
    numbers.sessions = sessions.live();
    for (const auto kind : {engine::transport_kind::polling, engine::transport_kind::websocket})
        for (const auto protocol : {engine::revision::v3, engine::revision::v4})
            numbers.sessions_by_kind[static_cast<std::size_t>(kind) * 2 + static_cast<std::size_t>(protocol) -
                                     3] = sessions.live(kind, protocol);
    numbers.sessions_opened = sessions.opened;
    numbers.sessions_upgraded = sessions.upgraded;
    for (std::size_t i = 0; i < numbers.sessions_closed.size(); ++i)
        numbers.sessions_closed[i] = sessions.closed[i];
    numbers.requests = http.requests.value();
    numbers.bad_requests = http.bad_requests.value();
    numbers.silent = http.silent.value();
    for (std::size_t i = 0; i < numbers.refused.size(); ++i) numbers.refused[i] = counts.refused[i].value();
    numbers.turned_away = counts.turned_away.value();
    numbers.unattended = of.lobby().unattended();
    numbers.evicted = of.lobby().evicted();
    numbers.moved = http.moved.value();
    if (const relay* const fleet = of.fleet()) {
        numbers.passed_on = fleet->counters().passed_on.value();
        numbers.passing_failed = fleet->counters().failed.value();
    }
    numbers.from_peers = http.from_peers.value();
    numbers.peers_refused = http.peers_refused.value();
    numbers.packets_in = sessions.packets_in;
    numbers.packets_out = sessions.packets_out;
    numbers.bytes_in = io.bytes_in.value();
    numbers.bytes_out = io.bytes_out.value();
    numbers.bytes_waiting = of.bytes_waiting();
    numbers.bytes_arriving = of.home().arriving().bytes();
    numbers.arrivals_cut = of.home().arriving().cut();
    numbers.tls_handshakes = io.tls_handshakes.value();
    numbers.tls_resumptions = io.tls_resumptions.value();
    numbers.tls_failures = io.tls_failures.value();
    numbers.turns = of.home().times().turns.read();
    numbers.waits = of.home().times().waits.read();
    return numbers;
}

}  // namespace kedge::transports
