#pragma once

#include <cstdint>
#include <string_view>

#include <kedge/engine/owned_list.hpp>
#include <kedge/transports/loop/worker.hpp>
#include <kedge/transports/relay/relay_core.hpp>

namespace kedge::transports {

/// Passes requests on to the nodes of the fleet where their sessions live. One per worker, on its thread.
class relay final {
  public:
    relay(http_share& home, fleet_terms terms, passing_refusal how_to_refuse);
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

    bool empty() const noexcept { return passings_.empty() && core_.splices().empty(); }
    /// The server ends: clients whose requests wait elsewhere are told to come anew.
    void wind_up();
    void evict() noexcept;
    const relay_counters& counters() const noexcept { return core_.counters(); }

  private:
    relay_core core_;
    engine::owned_list<mortal> passings_;
};

}  // namespace kedge::transports
