#include <kedge/stomp/relay_core.hpp>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <kedge/stomp/relay/system_line.hpp>

namespace kedge::stomp {

namespace {

void check_terms(const relay_options& terms) {
    if (terms.host.empty() || terms.port == 0)
        throw std::invalid_argument("stomp: the relay's broker has no host, or no port");
    if (terms.heart_beat_tolerance == 0 || terms.max_body_bytes == 0 || terms.max_clients == 0)
        throw std::invalid_argument("stomp: the relay's limits and heart_beat_tolerance are not 0");
    if (terms.destinations.empty()) throw std::invalid_argument("stomp: the relay has no destinations");
    for (const std::string& each : terms.destinations) {
        if (each.size() < 2 || each.front() != '/' || each.back() != '/')
            throw std::invalid_argument("stomp: the relay's destinations \"" + each +
                                        "\" do not begin and end with a slash");
        if (each.starts_with("/app/") || each.starts_with("/user/"))
            throw std::invalid_argument("stomp: the relay's destinations \"" + each + "\" are the server's");
    }
}

}  // namespace

relay_core::relay_core(relay_options to, const options& clients)
    : terms(std::move(to)), most_unsent(clients.max_buffered_bytes) {
    check_terms(terms);
    link = {.virtual_host = terms.virtual_host,
            .login = terms.system.login,
            .passcode = terms.system.passcode,
            .heart_beat = terms.heart_beat,
            .heart_beat_tolerance = terms.heart_beat_tolerance,
            .connect_timeout = terms.connect_timeout,
            .limits = {.head = clients.max_head_bytes,
                       .headers = clients.max_headers,
                       .body = terms.max_body_bytes},
            .max_unsent = terms.max_unsent_bytes};
    if (terms.tls) tls = std::make_shared<const transports::tls_client>(*terms.tls);
}

bool relay_core::takes(std::string_view destination) const noexcept {
    return std::any_of(terms.destinations.begin(), terms.destinations.end(), [&](const std::string& each) {
        return destination.size() > each.size() && destination.starts_with(each);
    });
}

void relay_core::send(std::string destination, std::vector<header> headers, std::string body) {
    const auto work = [to = system, where = std::move(destination), headers = std::move(headers),
                       text = std::move(body)]() mutable {
        if (to->at) to->at->send(std::move(where), std::move(headers), std::move(text));
    };
    if (!system->way || !system->way->pass(work)) counted.dropped.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace kedge::stomp
