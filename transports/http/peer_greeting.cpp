#include <kedge/transports/http/peer_greeting.hpp>

#include <utility>

#include <kedge/transports/http/arrival_log.hpp>
#include <kedge/transports/http/connection.hpp>
#include <kedge/transports/http/http_share.hpp>
#include <kedge/transports/net/connection_limits.hpp>
#include <kedge/transports/net/peer_guard.hpp>

namespace kedge::transports {

namespace {

/// The request that follows is the client's: its address is counted, not the node's.
void come_in(http_share& at, detached_stream from) {
    if (const auto& limits = from.peer->limits) {
        auto verdict = limits->admit_passed_on(from.from.address);
        if (verdict.refused != limit_reason::none)
            return tell_refused(at, verdict.refused, from.from.address);
        from.permit = std::move(verdict.permit);
    }
    connection::begin(at, std::move(from));
}

}  // namespace

peer_greeting::peer_greeting(http_share& home, detached_stream from)
    : home_(home), timer_(engine::timer::calls<&peer_greeting::on_deadline, peer_greeting>(), this) {
    stream_ = make_stream(home.home(), std::move(from), *this);
    home.home().timers().arm(timer_, engine::later(home.home().now(), patience));
}

void peer_greeting::begin(http_share& home, detached_stream from) {
    from.permit.reset();  // of the client before
    if (!home.ending()) home.admit(std::make_unique<peer_greeting>(home, std::move(from)));
}

void peer_greeting::on_bytes(std::span<char> bytes) {
    if (gone_) return;
    input_.append(bytes.data(), bytes.size());
    peer_header said = read_peer_header(input_, stream_->peer()->guard->secret());
    switch (said.status) {
        case peer_header::verdict::incomplete:
            return;
        case peer_header::verdict::complete:
            return believe(std::move(said.claim), said.size);
        case peer_header::verdict::malformed:
            return refuse("malformed");
        case peer_header::verdict::forged:
            return refuse("not signed with the fleet's secret");
    }
}

void peer_greeting::believe(peer_claim claim, std::size_t size) {
    peer_line& line = *stream_->peer();
    const auto verdict = line.guard->judge(claim, line, claim_time());
    if (verdict != peer_verdict::accepted) return refuse(to_string(verdict));
    home_.count().from_peers.add(1);
    detached_stream freed = stream_->release(std::string_view(input_).substr(size));
    freed.from = std::move(claim.from);
    freed.peer->sid = std::move(claim.sid);
    depart();
    come_in(home_, std::move(freed));
}

void peer_greeting::refuse(std::string_view reason) {
    home_.count().peers_refused.add(1);
    home_.home().guarded([&] {
        home_.log(log_level::warning, "peer refused",
                  {{"reason", reason}, {"address", stream_->from().address}});
    });
    stream_->abort();
    depart();
}

void peer_greeting::on_end() {
    if (gone_) return;
    stream_->abort();
    depart();
}

void peer_greeting::on_fault() noexcept {
    if (!gone_) depart();
}

/// A node that keeps a connection for later is no fault.
void peer_greeting::on_deadline(engine::time_point) {
    if (!input_.empty()) return refuse("it did not come in time");
    on_end();
}

void peer_greeting::wind_up() {
    on_end();
}

void peer_greeting::depart() noexcept {
    gone_ = true;
    timer_.disarm();
    home_.dismiss(*this);
}

}  // namespace kedge::transports
