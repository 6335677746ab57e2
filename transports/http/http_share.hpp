#pragma once

#include <atomic>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <kedge/engine/request.hpp>
#include <kedge/transports/http/http_front.hpp>
#include <kedge/transports/http/http_options.hpp>
#include <kedge/transports/http/resident.hpp>
#include <kedge/transports/loop/door.hpp>
#include <kedge/transports/loop/worker.hpp>
#include <kedge/transports/syntax/http_response.hpp>

namespace kedge::transports {

/// What one share has done so far. Counted by its thread, read by any.
struct http_counters {
    counter requests;       ///< HTTP requests whose head was complete
    counter bad_requests;   ///< what was not HTTP, too much of it, or too slow
    counter silent;         ///< connections closed because they said nothing in time
    counter moved;          ///< connections that went on to another worker
    counter from_peers;     ///< requests that other nodes of the fleet passed on
    counter peers_refused;  ///< connections that spoke as another node and were not believed
};

/// What the shares of a server have in common. Does not change once the server runs, but for `closing`.
struct http_common {
    http_options options;
    std::vector<http_share*> shares;  ///< by the numbers of their workers
    bool keeps_heads = false;  ///< requests may have to be read anew: by another worker, or another node
    std::atomic<bool> closing{false};  ///< no more sessions are to be opened
};

/// One worker's share of what a server does in HTTP: the fronts, the connections, the counters. Belongs to
/// the worker's thread.
class http_share final {
  public:
    http_share(http_common& common, worker& home);
    ~http_share();
    http_share(const http_share&) = delete;
    http_share& operator=(const http_share&) = delete;

    worker& home() const noexcept { return home_; }
    const http_options& options() const noexcept { return common_.options; }
    http_counters& count() noexcept { return counters_; }
    const http_counters& counters() const noexcept { return counters_; }
    /// The way here for handles that may outlive this share.
    const door_ptr& way() const noexcept { return way_; }
    /// Whether the server takes no more sessions.
    bool closing() const noexcept { return common_.closing.load(std::memory_order_relaxed); }
    /// Whether wind_up() was called.
    bool ending() const noexcept { return ending_; }

    /// How many workers the server has; one that has this share's number is its own.
    unsigned workers() const noexcept { return static_cast<unsigned>(common_.shares.size()); }
    /// Whether a request's head is kept as it came until it is decided where the request is served.
    bool keeps_heads() const noexcept { return common_.keeps_heads || workers() > 1; }
    http_share& of_worker(unsigned index) noexcept { return *common_.shares[index]; }

    /// Adds one behind those that are there, or before one of them. Before the worker runs.
    void add(std::unique_ptr<http_front> front) { fronts_.push_back(std::move(front)); }
    void add_before(const http_front& which, std::unique_ptr<http_front> front);
    /// Whose a request is, or null.
    http_front* front_of(const engine::request& asked) const noexcept;

    /// The Date header of this second.
    std::string_view date();
    /// An empty string with room, for building an answer in; to be given back.
    std::string borrow_text() noexcept { return std::exchange(spare_text_, {}); }
    void give_back(std::string text) noexcept;

    void admit(std::unique_ptr<resident> who) noexcept { residents_.add(std::move(who)); }
    /// Destroys it when this turn ends.
    void dismiss(resident& who) noexcept { home_.bury(residents_.take(who)); }

    std::vector<std::unique_ptr<http_front>>& fronts() noexcept { return fronts_; }
    /// The numbers of connections, one after the other.
    std::uint64_t number_connection() noexcept { return ++connections_; }
    /// Nothing of the application's is called from here any more: it is about to be destroyed.
    void fall_silent() noexcept;
    /// Ends all sessions and lets connections end with what they are doing.
    void wind_up();
    /// Ends everything now.
    void evict();
    /// Whether nothing lives here any more.
    bool deserted() const noexcept;

    void log(log_level level, std::string_view event, std::initializer_list<log_record::field> facts) const;

  private:
    http_common& common_;
    worker& home_;
    door_ptr way_;
    http_counters counters_;
    http_date date_;
    std::string spare_text_;
    std::uint64_t connections_ = 0;
    residence residents_;
    std::vector<std::unique_ptr<http_front>>
        fronts_;  // before the residents they go: transports know connections
    bool ending_ = false;
};

}  // namespace kedge::transports
