#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include <kedge/socketio/events/kept_bytes.hpp>
#include <kedge/socketio/value/function_ref.hpp>
#include <kedge/socketio/wire/parser.hpp>

namespace kedge::engine {
class session;
}

namespace kedge {

class conn_watch;
class socket_state;

/// A client as its sockets know it.
class socket_owner {
  public:
    static constexpr std::string_view too_much_is_kept = "too much is kept for the program";

    virtual engine::session& session() noexcept = 0;
    virtual bool revision_3() const noexcept = 0;
    /// What tells the program of the inside of the session.
    virtual conn_watch& watch() = 0;
    virtual void unwatch(const socket_state& left) = 0;
    /// Answers that all its sockets wait for.
    virtual std::size_t& pending_acks() noexcept = 0;
    /// Counts something of so many bytes that is kept for the program. Nothing when too much is kept already:
    /// break_rules(too_much_is_kept).
    virtual std::optional<kept_bytes> keep_bytes(std::size_t size) = 0;
    /// Ends a client that does what none does.
    virtual void break_rules(std::string_view what) = 0;
    virtual void send(const encoded& made, bool compress = true) = 0;
    virtual void send(const packet_head& head, function_ref<void(writer&)> data = {}) = 0;
    /// A socket leaves its namespace. When it was the server's wish, packets that are still on their way are
    /// forgiven.
    virtual void on_left(socket_state& socket, bool forgiving) = 0;
    /// Dismisses all sockets, then closes the session.
    virtual void dismiss_all() = 0;

  protected:
    ~socket_owner() = default;
};

/// A client's way to its sockets' owner, shared by the client and its sockets; empty when the session has
/// ended.
struct client_link {
    socket_owner* who = nullptr;
    engine::session* session = nullptr;  // asked for as often as there are packets: spares the way by `who`
    kept_bytes::counter kept{0};  // what is kept for the program, which may be longer than the client is

    void cut() noexcept {
        who = nullptr;
        session = nullptr;
    }
};

}  // namespace kedge
