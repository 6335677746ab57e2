#include <kedge/transports/relay/relay.hpp>

#include <memory>
#include <utility>

#include <kedge/transports/http/connection.hpp>
#include <kedge/transports/relay/passing.hpp>
#include <kedge/transports/relay/splice.hpp>

namespace kedge::transports {

namespace {

bool same(const dial_address& a, const dial_address& b) {
    return a.host == b.host && a.port == b.port && a.path == b.path;
}

}  // namespace

relay::relay(http_share& home, fleet_terms terms, passing_refusal how_to_refuse)
    : core_(home, std::move(terms), std::move(how_to_refuse)) {}

relay::~relay() {
    evict();
}

void relay::know(const fleet_map& now) {
    const fleet_map before = core_.know(now);
    for (const auto& [node, where] : before.others) {
        const dial_address* const still = core_.address_of(node);
        if (still && same(*still, where)) continue;
        core_.pool().drop(node);
        core_.vouch_for(node);
        // Each may leave the list when it is told.
        engine::owned_list<mortal> told;
        while (auto next = passings_.take_first()) {
            auto& each = static_cast<passing&>(told.add(std::move(next)));
            if (each.node() == node) each.fail("the node has left the fleet");
        }
        passings_.take_all(told);
    }
}

relay::fate relay::take(connection& at, std::string_view sid) {
    const auto node = engine::node_of(sid);
    if (!node || core_.is_ours(*node)) return fate::ours;
    if (at.peer()) return fate::lost;
    if (!core_.reachable(*node)) {
        core_.count_failed();
        return fate::lost;
    }
    core_.counters().passed_on.add(1);
    auto begun = std::make_unique<passing>(core_, at, *node, sid);
    passing& now = *begun;
    passings_.add(std::move(begun));
    now.begin();
    return fate::passed;
}

void relay::wind_up() {
    engine::owned_list<mortal> told;
    while (auto next = passings_.take_first())
        static_cast<passing&>(told.add(std::move(next))).fail("the server is closing");
    passings_.take_all(told);
    while (auto next = core_.splices().take_first()) static_cast<splice&>(told.add(std::move(next))).end();
    core_.pool().clear();
}

void relay::evict() noexcept {
    passings_.clear();
    core_.splices().clear();
    core_.pool().clear();
}

}  // namespace kedge::transports
