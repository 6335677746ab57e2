#include <kedge/transports/relay/relay.hpp>

#include <utility>

#include <kedge/transports/http/connection.hpp>
#include <kedge/transports/http/http_share.hpp>
#include <kedge/transports/relay/passing.hpp>
#include <kedge/transports/relay/splice.hpp>

namespace kedge::transports {

namespace {

bool same(const dial_address& a, const dial_address& b) {
    return a.host == b.host && a.port == b.port && a.path == b.path;
}

}  // namespace

relay::relay(http_share& home, fleet_terms terms, refusal how_to_refuse)
    : home_(home), terms_(std::move(terms)), refuse_(std::move(how_to_refuse)), pool_(home.home()) {}

relay::~relay() {
    evict();
}

void relay::know(const fleet_map& now) {
    const fleet_map before = std::exchange(map_, now);
    if (now.own != engine::no_node) had_.set(now.own);
    for (const auto& [node, where] : before.others) {
        const dial_address* const still = address_of(node);
        if (still && same(*still, where)) continue;
        pool_.drop(node);
        suspects_.clear(node);
        // Each may leave the list when it is told.
        engine::owned_list<mortal> told;
        while (auto next = passings_.take_first()) {
            auto& each = static_cast<passing&>(told.add(std::move(next)));
            if (each.node() == node) each.fail("the node has left the fleet");
        }
        passings_.take_all(told);
    }
}

const dial_address* relay::address_of(std::uint8_t node) const noexcept {
    const auto found = map_.others.find(node);
    return found == map_.others.end() ? nullptr : &found->second;
}

/// A number that was lost may be another's now; unless it is, what it stands in lives here.
bool relay::is_ours(std::uint8_t node) const noexcept {
    return node == engine::no_node || node == map_.own || (had_.test(node) && !address_of(node));
}

relay::fate relay::take(connection& at, std::string_view sid) {
    const auto node = engine::node_of(sid);
    if (!node || is_ours(*node)) return fate::ours;
    if (at.peer()) return fate::lost;
    if (!address_of(*node) || suspects_.holds(*node, home_.home().now())) {
        count_failed();
        return fate::lost;
    }
    counters_.passed_on.add(1);
    auto begun = std::make_unique<passing>(*this, at, *node, sid);
    passing& now = *begun;
    passings_.add(std::move(begun));
    now.begin();
    return fate::passed;
}

void relay::name(peer_connection& fresh) {
    random_.fill(fresh.nonce);
}

void relay::suspect(std::uint8_t node, std::string_view why) {
    if (!suspects_.add(node, home_.home().now())) return;
    const dial_address* const where = address_of(node);
    home_.home().guarded([&] {
        home_.log(log_level::warning, "node not reached",
                  {{"node", where ? where->host + ':' + std::to_string(where->port) : std::to_string(node)},
                   {"error", why}});
    });
}

void relay::join(stream_ptr client, stream_ptr home) {
    splices_.add(std::make_unique<splice>(*this, std::move(client), std::move(home)));
}

void relay::dismiss(mortal& done) noexcept {
    home_.home().bury(engine::owned_list<mortal>::take(done));
}

void relay::wind_up() {
    engine::owned_list<mortal> told;
    while (auto next = passings_.take_first())
        static_cast<passing&>(told.add(std::move(next))).fail("the server is closing");
    passings_.take_all(told);
    while (auto next = splices_.take_first()) static_cast<splice&>(told.add(std::move(next))).end();
    pool_.clear();
}

void relay::evict() noexcept {
    passings_.clear();
    splices_.clear();
    pool_.clear();
}

}  // namespace kedge::transports
