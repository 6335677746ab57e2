#include <kedge/transports/engineio/entrance.hpp>

#include <utility>

#include <kedge/transports/engineio/proxy_greeting.hpp>
#include <kedge/transports/engineio/server_core.hpp>
#include <kedge/transports/engineio/site.hpp>

namespace kedge::transports {

void arrive(site& at, detached_stream from, const entrance& by) {
    if (at.ending()) return;
    const bool speaks_for_others =
        by.proxy_protocol && at.core().options.trust_proxy.believes(from.from.address, 0);
    if (!speaks_for_others) return come_in(at, std::move(from), by);
    at.admit(std::make_unique<proxy_greeting>(at, std::move(from), by));
}

void tell_refused(const site& at, limit_reason why, std::string_view address) {
    at.log(log_level::info, "connection refused", {{"reason", to_string(why)}, {"address", address}});
}

void come_in(site& at, detached_stream from, const entrance& by) {
    if (by.limits) {
        auto verdict = by.limits->admit(from.from.address, at.home().now());
        if (verdict.refused != limit_reason::none)
            return tell_refused(at, verdict.refused, from.from.address);
        from.permit = std::move(verdict.permit);
    }
    if (by.tls) start_tls(from, by.tls);
    at.receive(std::move(from), {}, &by);
}

}  // namespace kedge::transports
