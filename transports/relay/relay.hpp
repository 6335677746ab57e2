#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
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
class passing;

/// What a relay has done so far. Counted by its thread, read by any.
struct relay_counters {
    counter passed_on;  ///< requests that were given to another node
    counter failed;     ///< requests for another node that got no answer from there
};

/// Passes requests on to the nodes of the fleet where their sessions live. One per worker, on its thread.
class relay final {
  public:
    /// Answers a request, whose session's node did not, as if there were no such session.
    using refusal = std::function<void(connection&)>;

    relay(http_share& home, fleet_terms terms, refusal how_to_refuse);
    ~relay();
    relay(const relay&) = delete;
    relay& operator=(const relay&) = delete;

    /// From now on this is who is who.
    void know(const fleet_map& now);

    enum class fate : std::uint8_t {
        ours,    ///< the session is of this node, if of any
        lost,    ///< it is of another node, and that cannot be reached, or was to know
        passed,  ///< the request is on its way
    };
    /// Decides about a request that has just begun.
    fate take(connection& at, std::string_view sid);

    bool empty() const noexcept { return passings_.empty() && splices_.empty(); }
    /// The server ends: clients whose requests wait elsewhere are told to come anew.
    void wind_up();
    void evict() noexcept;
    const relay_counters& counters() const noexcept { return counters_; }

    // For what is under way.

    http_share& home() noexcept { return home_; }
    const fleet_terms& terms() const noexcept { return terms_; }
    peer_pool& pool() noexcept { return pool_; }
    const dial_address* address_of(std::uint8_t node) const noexcept;
    void name(peer_connection& fresh);
    /// A node was not reached, or did not answer in time.
    void suspect(std::uint8_t node, std::string_view why);
    void vouch_for(std::uint8_t node) { suspects_.clear(node); }
    void count_failed() noexcept { counters_.failed.add(1); }
    void refuse(connection& at) { refuse_(at); }
    void join(stream_ptr client, stream_ptr home);
    /// Destroys it when this turn ends.
    void dismiss(mortal& done) noexcept;

  private:
    bool is_ours(std::uint8_t node) const noexcept;

    http_share& home_;
    const fleet_terms terms_;
    const refusal refuse_;
    fleet_map map_;
    std::bitset<256> had_;  // the numbers that this node has had
    random_openssl random_;
    suspects suspects_;
    relay_counters counters_;
    peer_pool pool_;
    engine::owned_list<mortal> passings_;
    engine::owned_list<mortal> splices_;
};

}  // namespace kedge::transports
