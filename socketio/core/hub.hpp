#pragma once

#include <atomic>
#include <cstddef>
#include <exception>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <kedge/engine/function.hpp>
#include <kedge/engine/guard.hpp>
#include <kedge/engine/log_gate.hpp>
#include <kedge/engine/loop.hpp>
#include <kedge/engine/random.hpp>
#include <kedge/engine/scheduled.hpp>
#include <kedge/socketio/core/desk.hpp>
#include <kedge/socketio/events/next.hpp>
#include <kedge/socketio/rooms/adapter_factory.hpp>
#include <kedge/socketio/rooms/recovery_options.hpp>
#include <kedge/socketio/wire/parser.hpp>

namespace kedge {

class nsp_state;

/// Decides whether a namespace of this name is made.
using nsp_predicate = engine::unique_function<void(const std::string& name, const value& auth, verdict)>;

/// What the Socket.IO side does and allows.
struct hub_settings {
    engine::duration connect_timeout{45'000};
    std::size_t max_http_buffer_size = 1'000'000;
    std::size_t max_nsp_length = 255;
    std::size_t max_namespaces_per_client = 1000;
    std::size_t max_rooms_per_socket = 10'000;
    std::size_t max_room_name_bytes_per_socket = std::size_t{1} << 20;
    std::size_t max_pending_acks_per_client = 10'000;
    std::size_t max_held_packets = 64;
    std::size_t max_kept_bytes_per_client = std::size_t{16} << 20;
    std::optional<recovery_options> recovery;  ///< empty: clients that return come anew
    bool cleanup_empty_child_namespaces = false;
    std::shared_ptr<const kedge::parser> parser;
    adapter_factory adapter;  ///< empty: in-process
    engine::random_source* random = nullptr;
    std::function<void(const log_record&)> log;
};

/// What all of a server's Socket.IO side stands on: its settings, its desks on the workers, its log; and, as
/// far as sockets and joins know them, its namespaces. Handles to sockets and namespaces keep it alive; the
/// workers may go before it.
class hub : public std::enable_shared_from_this<hub> {
  public:
    using nsp_ptr = std::shared_ptr<nsp_state>;

    explicit hub(hub_settings settings)
        : settings_(std::move(settings)), hints_(engine::gated(settings_.log, hints_per_second)) {}
    virtual ~hub() = default;
    hub(const hub&) = delete;
    hub& operator=(const hub&) = delete;

    const hub_settings& settings() const noexcept { return settings_; }
    const std::shared_ptr<const kedge::parser>& parser() const noexcept { return settings_.parser; }
    std::span<const std::unique_ptr<desk>> desks() const noexcept { return desks_; }
    /// The desk of this thread's worker, or null.
    desk* here() const noexcept;
    /// Runs it now if this is a worker's thread, else in a turn of the first worker.
    void on_some_worker(engine::task work);
    /// On the first worker, in a turn to come, guarded.
    void post(engine::task work);
    void after(engine::duration delay, engine::task work);
    void every(engine::duration period, std::shared_ptr<scheduled_work> work);

    /// From now on nobody enters, and sessions that are closed end for `server shutting down`.
    void begin_closing() noexcept { closing_ = true; }
    bool closing() const noexcept { return closing_; }
    /// Nothing of the program's is called any more: the server is destroyed within a call of its own, and
    /// goes when that turn ends.
    void fall_silent() noexcept { silent_ = true; }
    bool silent() const noexcept { return silent_; }

    void log(log_level level, std::string_view event,
             std::span<const log_record::field> fields = {}) const noexcept;
    /// A warning that helps who writes the application, and that any client can cause as often as it likes: a
    /// few are told in a second.
    void hint(std::string_view event, std::initializer_list<log_record::field> fields) const noexcept;
    /// Calls something of the application's that belongs to no socket, unless this is silent; what it throws
    /// is logged with `what` it was. False when it threw.
    template <class Call>
    bool guarded(std::string_view what, Call&& call) const noexcept {
        return silent_ ||
               engine::guarded(call, [&](const std::exception_ptr& thrown) { log_exception(what, thrown); });
    }
    /// A completion of the application's that may throw whatever it likes.
    template <class... Results>
    engine::unique_function<void(Results...)> guard(engine::unique_function<void(Results...)> done) {
        if (!done) return done;
        return [keep = shared_from_this(), done = std::move(done)](Results... results) mutable {
            keep->guarded("a completion threw", [&] { done(std::move(results)...); });
        };
    }
    void log_exception(std::string_view what, const std::exception_ptr& thrown) const;

    // Namespaces; from any thread.
    /// A namespace that is there, kept there until release() where empty children are cleaned up.
    virtual nsp_ptr enter(std::string_view name) = 0;
    virtual void release(nsp_state& which) = 0;
    struct parent {
        nsp_ptr nsp;
        std::shared_ptr<nsp_predicate> allows;
    };
    virtual std::vector<parent> parents() const = 0;
    /// Enters the child of that name, made if there is none.
    virtual nsp_ptr enter_child(const nsp_ptr& of, const std::string& name) = 0;

  protected:
    /// Takes its places on the workers; once, before anything else.
    void take_places(std::span<engine::loop* const> workers,
                     std::span<const std::shared_ptr<boost::asio::execution_context>> contexts);
    /// Leaves the workers, which run no more.
    void leave_places() noexcept;
    adapter_factory& adapters() noexcept { return settings_.adapter; }

  private:
    static constexpr std::size_t hints_per_second = 5;

    hub_settings settings_;
    engine::log_function hints_;  // `settings_.log`, a few times a second
    std::vector<std::unique_ptr<desk>> desks_;
    std::atomic<bool> closing_ = false;
    std::atomic<bool> silent_ = false;
};

}  // namespace kedge
