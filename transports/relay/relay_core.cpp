#include <kedge/transports/relay/relay_core.hpp>

#include <memory>
#include <string>
#include <utility>

#include <kedge/transports/http/http_share.hpp>
#include <kedge/transports/relay/splice.hpp>

namespace kedge::transports {

relay_core::relay_core(http_share& home, fleet_terms terms, passing_refusal how_to_refuse)
    : home_(home), terms_(std::move(terms)), refuse_(std::move(how_to_refuse)), pool_(home.home()) {}

fleet_map relay_core::know(const fleet_map& now) {
    if (now.own != engine::no_node) had_.set(now.own);
    return std::exchange(map_, now);
}

const dial_address* relay_core::address_of(std::uint8_t node) const noexcept {
    const auto found = map_.others.find(node);
    return found == map_.others.end() ? nullptr : &found->second;
}

/// A number that was lost may be another's now; unless it is, what it stands in lives here.
bool relay_core::is_ours(std::uint8_t node) const noexcept {
    return node == engine::no_node || node == map_.own || (had_.test(node) && !address_of(node));
}

bool relay_core::reachable(std::uint8_t node) {
    return address_of(node) && !suspects_.holds(node, home_.home().now());
}

void relay_core::name(peer_connection& fresh) {
    random_.fill(fresh.nonce);
}

void relay_core::suspect(std::uint8_t node, std::string_view why) {
    if (!suspects_.add(node, home_.home().now())) return;
    const dial_address* const where = address_of(node);
    home_.home().guarded([&] {
        home_.log(log_level::warning, "node not reached",
                  {{"node", where ? where->host + ':' + std::to_string(where->port) : std::to_string(node)},
                   {"error", why}});
    });
}

void relay_core::join(stream_ptr client, stream_ptr home) {
    splices_.add(std::make_unique<splice>(home_.home(), std::move(client), std::move(home)));
}

void relay_core::dismiss(mortal& done) noexcept {
    home_.home().bury(engine::owned_list<mortal>::take(done));
}

}  // namespace kedge::transports
