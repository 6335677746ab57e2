#pragma once

#include <atomic>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <kedge/engine/registry.hpp>
#include <kedge/engine/timer_wheel.hpp>
#include <kedge/transports/engineio/answer_packer.hpp>
#include <kedge/transports/engineio/counters.hpp>
#include <kedge/transports/engineio/gate.hpp>
#include <kedge/transports/engineio/server_options.hpp>
#include <kedge/transports/engineio/turn_budget.hpp>
#include <kedge/transports/http/connection.hpp>
#include <kedge/transports/http/http_response.hpp>
#include <kedge/transports/http/resident.hpp>
#include <kedge/transports/loop/door.hpp>
#include <kedge/transports/loop/worker.hpp>

namespace kedge::transports {

struct entrance;
struct server_core;

/// One worker's share of a server: its sessions, its connections, its counters. Belongs to the worker's
/// thread.
class site final {
  public:
    site(server_core& core, worker& home);
    ~site();
    site(const site&) = delete;
    site& operator=(const site&) = delete;

    server_core& core() noexcept { return core_; }
    worker& home() noexcept { return home_; }
    engine::registry& sessions() noexcept { return sessions_; }
    bool ending() const noexcept { return ending_; }
    transports::gate& gate() noexcept { return gate_; }
    site_counters& count() noexcept { return counters_; }
    const site_counters& counters() const noexcept { return counters_; }
    /// The way here for handles that may outlive this site.
    const door_ptr& way() const noexcept { return way_; }
    /// The Date header of this second.
    std::string_view date();
    /// An empty string with room, for building an answer in; to be given back.
    std::string borrow_text() noexcept { return std::exchange(spare_text_, {}); }
    void give_back(std::string text) noexcept;

    /// How much is compressed in one turn, for polls and websockets.
    turn_budget& compressing() noexcept { return compressing_; }
    answer_packer& packer() noexcept { return packer_; }

    /// Receives a connection, on this thread. `by`: the listener it came by, where that matters.
    void receive(detached_stream from, std::unique_ptr<passage> brought = {}, const entrance* by = nullptr);
    /// The same from any thread.
    void welcome(detached_stream from, std::unique_ptr<passage> brought);

    void admit(std::unique_ptr<resident> who) noexcept { residents_.add(std::move(who)); }
    /// Destroys it when this turn ends.
    void dismiss(resident& who) { home_.bury(residents_.take(who)); }

    /// Ends all sessions and lets connections end with what they are doing.
    void wind_up();
    /// Ends all connections now.
    void evict();
    /// Whether nothing lives here any more.
    bool deserted() const noexcept { return sessions_.size() == 0 && residents_.empty(); }

    /// Polling sessions for which no poll waits. From any thread.
    std::size_t unattended() const noexcept { return unattended_.load(std::memory_order_relaxed); }
    void count_unattended(bool more) noexcept {
        unattended_.store(unattended() + (more ? 1 : std::size_t(-1)), std::memory_order_relaxed);
    }
    /// Unsent bytes of all sessions, as of the last time that this was asked. From any thread.
    std::uint64_t bytes_waiting();

    /// A session has closed: looks, when it is quieter, whether memory can go back to the system.
    void tidy_later();

    void log(log_level level, std::string_view event, std::initializer_list<log_record::field> facts) const;

  private:
    void tidy(engine::time_point now);

    server_core& core_;
    worker& home_;
    door_ptr way_;
    site_counters counters_;
    http_date date_;
    std::string spare_text_;
    turn_budget compressing_;
    answer_packer packer_;
    engine::timer tidying_;
    residence residents_;
    engine::registry sessions_;
    transports::gate gate_;
    std::atomic<std::size_t> unattended_{0};
    std::atomic<std::uint64_t> bytes_waiting_{0};
    std::atomic<bool> weighing_{false};
    bool ending_ = false;
};

}  // namespace kedge::transports
