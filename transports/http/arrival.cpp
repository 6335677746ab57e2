#include <kedge/transports/http/arrival.hpp>

#include <utility>

#include <kedge/transports/http/arrival_log.hpp>
#include <kedge/transports/http/connection.hpp>
#include <kedge/transports/http/http_share.hpp>
#include <kedge/transports/http/peer_greeting.hpp>
#include <kedge/transports/http/proxy_greeting.hpp>

namespace kedge::transports {

namespace {

/// The same when it is known for whom the peer speaks.
void come_in(http_share& at, detached_stream&& from, const listener_rules& rules) {
    if (rules.limits) {
        auto verdict = rules.limits->admit(from.from.address, at.home().now());
        if (verdict.refused != limit_reason::none)
            return tell_refused(at, verdict.refused, from.from.address);
        from.permit = std::move(verdict.permit);
    }
    if (rules.tls) start_tls(from, rules.tls);
    connection::begin(at, std::move(from), {}, rules.only.get());
}

}  // namespace

void arrive(http_share& at, detached_stream&& from, const listener_rules& rules) {
    if (at.ending()) return;
    if (rules.peers) {
        from.peer = std::make_unique<peer_line>(peer_line{.guard = rules.peers, .limits = rules.limits});
        return peer_greeting::begin(at, std::move(from));
    }
    const bool speaks_for_others =
        rules.proxy_protocol && at.options().trust_proxy.believes(from.from.address, 0);
    if (!speaks_for_others) return come_in(at, std::move(from), rules);
    auto pass_on = [&at, &rules](detached_stream known) { come_in(at, std::move(known), rules); };
    at.admit(std::make_unique<proxy_greeting>(at, std::move(from), std::move(pass_on)));
}

}  // namespace kedge::transports
