#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <functional>
#include <string_view>

#include <kedge/engine/owned_list.hpp>
#include <kedge/transports/loop/worker.hpp>
#include <kedge/transports/net/random_openssl.hpp>
#include <kedge/transports/relay/fleet_map.hpp>
#include <kedge/transports/relay/peer_pool.hpp>
#include <kedge/transports/relay/suspects.hpp>

namespace kedge::transports {

class connection;
class http_share;

/// What a relay has done so far. Counted by its thread, read by any.
struct relay_counters {
    counter passed_on;  ///< requests that were given to another node
    counter failed;     ///< requests for another node that got no answer from there
};

/// Answers a request, whose session's node did not, as if there were no such session.
using passing_refusal = std::function<void(connection&)>;

/// What a relay and the requests that it passes on share: who is who in the fleet, and the connections there.
class relay_core final {
  public:
    relay_core(http_share& home, fleet_terms terms, passing_refusal how_to_refuse);
    relay_core(const relay_core&) = delete;
    relay_core& operator=(const relay_core&) = delete;

    http_share& home() noexcept { return home_; }
    const fleet_terms& terms() const noexcept { return terms_; }
    peer_pool& pool() noexcept { return pool_; }
    relay_counters& counters() noexcept { return counters_; }
    const relay_counters& counters() const noexcept { return counters_; }

    /// From now on this is who is who; tells who was before.
    fleet_map know(const fleet_map& now);
    const dial_address* address_of(std::uint8_t node) const noexcept;
    bool is_ours(std::uint8_t node) const noexcept;
    /// Whether it can be asked now.
    bool reachable(std::uint8_t node);

    void name(peer_connection& fresh);
    /// A node was not reached, or did not answer in time.
    void suspect(std::uint8_t node, std::string_view why);
    void vouch_for(std::uint8_t node) { suspects_.clear(node); }
    void count_failed() noexcept { counters_.failed.add(1); }
    void refuse(connection& at) { refuse_(at); }

    void join(stream_ptr client, stream_ptr home);
    engine::owned_list<mortal>& splices() noexcept { return splices_; }
    const engine::owned_list<mortal>& splices() const noexcept { return splices_; }
    /// Destroys it when this turn ends.
    void dismiss(mortal& done) noexcept;

  private:
    http_share& home_;
    const fleet_terms terms_;
    const passing_refusal refuse_;
    fleet_map map_;
    std::bitset<256> had_;  // the numbers that this node has had
    random_openssl random_;
    suspects suspects_;
    relay_counters counters_;
    peer_pool pool_;
    engine::owned_list<mortal> splices_;
};

}  // namespace kedge::transports
