#include <kedge/stomp/relay.hpp>

#include <stdexcept>
#include <utility>

#include <kedge/stomp/relay_core.hpp>

namespace kedge::stomp {

relay::relay(const nsp& local, std::string path, relay_options to, options terms)
    : broker(local, std::move(path), std::move(terms), std::move(to)) {}

void relay::publish_arguments(std::string_view destination, const outgoing_arguments& sent) const {
    relay_core& to = *core()->relay;
    if (!to.takes(destination))
        throw std::invalid_argument("stomp: the destination \"" + std::string(destination) +
                                    "\" is not the broker's");
    to.send(std::string(destination), {{"content-type", "application/json"}, {"persistent", "true"}},
            write_body(sent));
}

bool relay::available() const noexcept {
    return core()->relay->counted.available;
}

stomp::relay_stats relay::relay_stats() const {
    const relay_figures& counted = core()->relay->counted;
    stomp::relay_stats now;
    now.available = counted.available;
    const std::uint64_t closed = counted.closed.load(std::memory_order_relaxed);
    const std::uint64_t opened = counted.opened.load(std::memory_order_relaxed);
    now.clients = opened > closed ? opened - closed : 0;
    now.failures = counted.failures.load(std::memory_order_relaxed);
    now.passed_on = counted.passed_on.load(std::memory_order_relaxed);
    now.heard = counted.heard.load(std::memory_order_relaxed);
    now.dropped = counted.dropped.load(std::memory_order_relaxed);
    return now;
}

}  // namespace kedge::stomp
