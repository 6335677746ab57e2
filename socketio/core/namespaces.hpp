#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <kedge/engine/handler.hpp>
#include <kedge/engine/keyed_hash.hpp>
#include <kedge/socketio/core/hub.hpp>
#include <kedge/socketio/events/published.hpp>
#include <kedge/socketio/rooms/room_index.hpp>

namespace kedge {

/// The Socket.IO side of a server: its namespaces, and a client for each session.
class namespaces final : public hub, public engine::handler {
  public:
    explicit namespaces(hub_settings settings);
    ~namespaces() override;
    /// Takes its places on the workers; once, before anything else.
    void attach(std::span<engine::loop* const> workers,
                std::span<const std::shared_ptr<boost::asio::execution_context>> contexts = {});

    // engine::handler
    std::unique_ptr<engine::session_handler> on_connection(engine::session& opened) override;

    // From any thread.
    /// The namespace of that name, made if there is none. A leading '/' is added where it is missing.
    nsp_ptr of(std::string_view name);
    nsp_ptr enter(std::string_view name) override;
    void release(nsp_state& which) override;
    std::vector<nsp_ptr> all() const;
    /// A parent whose children are made when a client asks for a name that the predicate allows.
    nsp_ptr add_parent(nsp_predicate predicate);
    std::vector<parent> parents() const override;
    nsp_ptr enter_child(const nsp_ptr& of, const std::string& name) override;
    /// A pattern decides for of() as well.
    void add_pattern_parent(const nsp_ptr& which, std::function<bool(std::string_view)> matches);

    using new_namespace_handler = engine::unique_function<void(nsp_ptr)>;
    published<std::vector<std::shared_ptr<new_namespace_handler>>>& new_namespace_handlers() noexcept {
        return new_namespace_handlers_;
    }

    /// Disconnects all sockets for `server shutting down`, then calls `done` on some worker.
    void close(engine::task done);
    /// Gives sockets what was said to them and waits in their adapters.
    void hurry();
    /// When all sockets have left. Those that are closed already stay so.
    void close_adapters();
    /// The same, and calls `done` when all are closed or have taken too long. Once, on the first worker.
    void close_adapters(engine::task done);
    void use_adapter(adapter_factory make);
    /// Lets go of everything, what is registered on namespaces included; when the workers run no more.
    void shut() noexcept;

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

    class farewell;

    nsp_ptr make(const std::string& name, const nsp_ptr& above);
    void announce(const nsp_ptr& made);

    mutable std::mutex lock_;
    engine::keyed_map<std::string, place> places_;
    std::vector<parent> parents_;
    std::vector<pattern_parent> pattern_parents_;
    published<std::vector<std::shared_ptr<new_namespace_handler>>> new_namespace_handlers_;
    std::unique_ptr<farewell> farewell_;  // of the adapters, when the end has come
};

}  // namespace kedge
