#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <kedge/engine/handler.hpp>
#include <kedge/engine/keyed_hash.hpp>
#include <kedge/engine/log.hpp>
#include <kedge/engine/loop.hpp>
#include <kedge/engine/random.hpp>
#include <kedge/socketio/core/desk.hpp>
#include <kedge/socketio/core/next.hpp>
#include <kedge/socketio/events/published.hpp>
#include <kedge/socketio/rooms/adapter.hpp>
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

/// The Socket.IO side of a server: its namespaces, and its desks on the workers. Handles to sockets and
/// namespaces keep it alive; the workers may go before it.
class hub final : public engine::handler, public std::enable_shared_from_this<hub> {
  public:
    using nsp_ptr = std::shared_ptr<nsp_state>;

    explicit hub(hub_settings settings);
    ~hub() override;
    /// Takes its places on the workers; once, before anything else.
    void attach(std::span<engine::loop* const> workers,
                std::span<boost::asio::execution_context* const> contexts = {});

    const hub_settings& settings() const noexcept { return settings_; }
    const std::shared_ptr<const kedge::parser>& parser() const noexcept { return settings_.parser; }
    std::span<const std::unique_ptr<desk>> desks() const noexcept { return desks_; }
    /// The desk of this thread's worker, or null.
    desk* here() const noexcept;
    /// Runs it now if this is a worker's thread, else in a turn of the first worker.
    void on_some_worker(engine::task work);

    // engine::handler
    std::unique_ptr<engine::session_handler> on_connection(engine::session& opened) override;

    // Namespaces; from any thread.
    /// The namespace of that name, made if there is none. A leading '/' is added where it is missing.
    nsp_ptr of(std::string_view name);
    /// A namespace that is there, kept there until release() where empty children are cleaned up.
    nsp_ptr enter(std::string_view name);
    void release(nsp_state& which);
    std::vector<nsp_ptr> all() const;
    /// A parent whose children are made when a client asks for a name that the predicate allows.
    nsp_ptr add_parent(nsp_predicate predicate);
    struct parent {
        nsp_ptr nsp;
        std::shared_ptr<nsp_predicate> allows;
    };
    std::vector<parent> parents() const;
    /// Enters the child of that name, made if there is none.
    nsp_ptr enter_child(const nsp_ptr& of, const std::string& name);
    /// A pattern decides for of() as well.
    void add_pattern_parent(const nsp_ptr& which, std::function<bool(std::string_view)> matches);

    using new_namespace_handler = engine::unique_function<void(nsp_ptr)>;
    published<std::vector<std::shared_ptr<new_namespace_handler>>>& new_namespace_handlers() noexcept {
        return new_namespace_handlers_;
    }

    /// Disconnects all sockets for `server shutting down`, then calls `done` on some worker.
    void close(engine::task done);
    /// From now on nobody enters, and sessions that are closed end for `server shutting down`.
    void begin_closing() noexcept { closing_ = true; }
    bool closing() const noexcept { return closing_; }
    /// When all sockets have left.
    void close_adapters();
    void use_adapter(adapter_factory make);
    /// On the first worker, in a turn to come, guarded.
    void post(engine::task work);
    void after(engine::duration delay, engine::task work);
    /// Lets go of everything, what is registered on namespaces included; when the workers run no more.
    void shut() noexcept;

    void log(log_level level, std::string_view event, std::span<const log_record::field> fields = {}) const;

  private:
    struct place {
        nsp_ptr nsp;
        nsp_ptr above;          // of a child: its parent
        std::size_t users = 0;  // sockets and joins, of a child that is cleaned up
    };
    struct pattern_parent {
        nsp_ptr nsp;
        std::function<bool(std::string_view)> matches;
    };

    nsp_ptr make(const std::string& name, const nsp_ptr& above);
    void announce(const nsp_ptr& made);
    void guarded(engine::task& work) const;

    hub_settings settings_;
    std::vector<std::unique_ptr<desk>> desks_;
    mutable std::mutex lock_;
    engine::keyed_map<std::string, place> places_;
    std::vector<parent> parents_;
    std::vector<pattern_parent> pattern_parents_;
    published<std::vector<std::shared_ptr<new_namespace_handler>>> new_namespace_handlers_;
    std::atomic<bool> closing_ = false;
};

}  // namespace kedge
