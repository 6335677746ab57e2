#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

#include <kedge/engine/handler.hpp>
#include <kedge/engine/registry.hpp>
#include <kedge/engine/timer_wheel.hpp>
#include <kedge/transports/engineio/answer_packer.hpp>
#include <kedge/transports/engineio/engine_core.hpp>
#include <kedge/transports/engineio/lobby.hpp>
#include <kedge/transports/http/http_share.hpp>
#include <kedge/transports/loop/turn_budget.hpp>
#include <kedge/transports/relay/relay.hpp>
#include <kedge/transports/websocket/ws_group.hpp>

namespace kedge::transports {

/// What the engine of one worker has done so far. Counted by its thread, read by any.
struct engine_counters {
    counter turned_away;  ///< handshakes answered 503: no room for another session, or the server closes
    std::array<counter, 6> refused;  ///< by code
};

/// One worker's share of Engine.IO: its sessions, its counters. Belongs to the worker's thread.
class engine_share final : private engine::handler {
  public:
    engine_share(http_share& http, engine_core& core);
    engine_share(const engine_share&) = delete;
    engine_share& operator=(const engine_share&) = delete;

    http_share& http() noexcept { return http_; }
    const http_share& http() const noexcept { return http_; }
    const engine_core& core() const noexcept { return core_; }
    const server_options& options() const noexcept { return core_.options; }
    worker& home() noexcept { return http_.home(); }
    engine::registry& sessions() noexcept { return sessions_; }
    const engine::registry& sessions() const noexcept { return sessions_; }
    ws_group& websockets() noexcept { return websockets_; }
    const ws_group& websockets() const noexcept { return websockets_; }
    engine_counters& count() noexcept { return counters_; }
    const engine_counters& counters() const noexcept { return counters_; }

    answer_packer& packer() noexcept { return packer_; }
    /// What POSTs with many packets take of a turn, all together.
    turn_budget& posts() noexcept { return posts_; }
    /// Bytes of POSTs whose packets wait though their connections are gone.
    std::size_t& orphaned() noexcept { return orphaned_; }

    /// Before the worker runs.
    void join_fleet(fleet_terms terms, passing_refusal refuse) {
        relay_ = std::make_unique<relay>(http_, std::move(terms), std::move(refuse));
    }
    /// Who passes requests on to the other nodes; null where there are none.
    relay* fleet() noexcept { return relay_.get(); }
    const relay* fleet() const noexcept { return relay_.get(); }

    /// No more sessions come, and what their closing leaves to be done is dropped.
    void wind_up() noexcept { tidying_.disarm(); }
    /// Where polling sessions are for which no poll waits.
    transports::lobby& lobby() noexcept { return lobby_; }
    const transports::lobby& lobby() const noexcept { return lobby_; }
    /// Unsent bytes of all sessions, as of the last time that this was asked. From any thread.
    std::uint64_t bytes_waiting();

  private:
    void weigh();
    std::unique_ptr<engine::session_handler> on_connection(engine::session& opened) override;
    void on_closed(engine::session& closed, engine::close_reason why, std::string_view description) override;
    void on_too_much_waits() override { core_.shedding.begin(); }
    void tidy_later();
    void tidy(engine::time_point now);

    http_share& http_;
    engine_core& core_;
    engine_counters counters_;
    std::atomic<std::uint64_t> bytes_waiting_{0};
    std::atomic<bool> weighing_{false};
    transports::lobby lobby_;
    ws_group websockets_;
    answer_packer packer_;
    turn_budget posts_{std::size_t{64} * 1024};  // some milliseconds of small packets
    std::size_t orphaned_ = 0;
    engine::timer tidying_;  // behind sessions that have closed
    engine::registry sessions_;
    std::unique_ptr<relay> relay_;
};

}  // namespace kedge::transports
