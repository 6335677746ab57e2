#include <kedge/transports/server/server_listeners.hpp>

#include <exception>
#include <stdexcept>
#include <string_view>
#include <utility>

#include <kedge/transports/engineio/server_stats.hpp>
#include <kedge/transports/http/arrival.hpp>
#include <kedge/transports/http/arrival_log.hpp>
#include <kedge/transports/http/descriptor_limit.hpp>
#include <kedge/transports/http/http_share.hpp>
#include <kedge/transports/loop/worker.hpp>
#include <kedge/transports/net/connection_limits.hpp>
#include <kedge/transports/net/listener.hpp>
#include <kedge/transports/net/tls.hpp>

namespace kedge::transports {

server_listeners::server_listeners(const http_common& http, const server_options& options)
    : http_(http), options_(options), limits_(std::make_shared<connection_limits>(options.limits)) {}

server_listeners::~server_listeners() = default;

std::uint16_t server_listeners::open(const listen_address& where, std::shared_ptr<tls_context> tls,
                                     std::unique_ptr<listener_rules> rules) {
    http_share& first = *http_.shares.front();
    const engine::stay inside(first.home());
    if (where.proxy_protocol && options_.trust_proxy.empty())
        throw std::invalid_argument(
            "proxy_protocol is of no use when nobody is believed: name the proxies in `trust_proxy`");
    rules->proxy_protocol = where.proxy_protocol;
    listen_options how;
    how.where = where;
    const bool secure = tls != nullptr;
    if (secure) certificates_.push_back(tls);
    (where.proxy_protocol ? rules->tls : how.tls) = std::move(tls);
    (where.proxy_protocol || rules->peers ? rules->limits : how.limits) = limits_;
    how.log = [&first](std::string_view line) { first.log(log_level::warning, line, {}); };
    how.on_refused = [&first](limit_reason why, std::string_view address) {
        tell_refused(first, why, address);
    };
    if (listeners_.empty()) warn_of_few_descriptors(first);
    std::vector<worker*> workers;
    for (const http_share* const each : http_.shares) workers.push_back(&each->home());
    auto deliver = [&http = http_, &through = *rules](worker& home, detached_stream stream) {
        arrive(*http.shares[home.index()], std::move(stream), through);
    };
    auto made =
        std::make_unique<listener>(first.home(), std::move(workers), std::move(how), std::move(deliver));
    tell_listening(first, made->name(), rules->peers ? "nodes" : rules->only ? "pages" : "clients", secure);
    rules_.push_back(std::move(rules));
    listeners_.push_back(std::move(made));
    return listeners_.back()->port();
}

std::uint16_t server_listeners::port() const noexcept {
    for (std::size_t i = 0; i < listeners_.size(); ++i)
        if (rules_[i]->serves_clients() && listeners_[i]->port() != 0) return listeners_[i]->port();
    return 0;
}

void server_listeners::reload_certificates() {
    const http_share& first = *http_.shares.front();
    first.log(log_level::info, "told to read its files again", {});
    for (const auto& each : certificates_) {
        try {
            each->reload();
        } catch (const std::exception& error) {
            first.log(log_level::error, "certificates could not be read again, the old ones stay",
                      {{"error", error.what()}});
        }
    }
}

void server_listeners::count(server_stats& all) const {
    for (const auto& each : listeners_) {
        const listener_counters counts = each->counters();
        all.accepted += counts.accepted;
        all.shed_connections += counts.shed;
    }
    for (const auto reason : {limit_reason::connections, limit_reason::connections_per_address,
                              limit_reason::handshakes_per_second})
        all.refused_connections += limits_->refused(reason);
}

void server_listeners::close_to_clients() noexcept {
    for (std::size_t i = 0; i < listeners_.size(); ++i)
        if (rules_[i]->serves_clients()) listeners_[i]->close();
}

void server_listeners::close() noexcept {
    for (const auto& each : listeners_) each->close();
}

void server_listeners::clear() noexcept {
    listeners_.clear();
}

}  // namespace kedge::transports
