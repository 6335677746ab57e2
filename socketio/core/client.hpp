#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kedge/engine/handler.hpp>
#include <kedge/engine/session.hpp>
#include <kedge/socketio/core/hub.hpp>
#include <kedge/socketio/events/disconnect_reason.hpp>
#include <kedge/socketio/events/kept_bytes.hpp>
#include <kedge/socketio/wire/broadcast_packet.hpp>
#include <kedge/socketio/wire/parser.hpp>

namespace kedge {

class conn_watch;
class join;
class socket_state;
struct client_link;

/// The Socket.IO side of one engine session: decodes its packets and knows in which namespaces the client is.
/// Lives as long as its session, on its thread.
class client final : public engine::session_handler {
  public:
    client(std::shared_ptr<hub> owner, desk& home, engine::session& below);
    ~client() override;
    /// What a client of Socket.IO 1.x and 2.x expects: being in "/" without asking.
    void begin();

    hub& owner() const noexcept { return *owner_; }
    const std::shared_ptr<hub>& keep_owner() const noexcept { return owner_; }
    desk& home() const noexcept { return home_; }
    engine::session& session() noexcept { return session_; }
    bool revision_3() const noexcept;
    const std::shared_ptr<client_link>& link() const noexcept { return link_; }
    /// What tells the program of the inside of the session.
    conn_watch& watch();
    void unwatch(const socket_state& left);
    /// Answers that all its sockets wait for.
    std::size_t& pending_acks() noexcept { return pending_acks_; }
    /// Counts something of so many bytes that is kept for the program. Nothing when too much is kept already:
    /// break_rules(too_much_is_kept).
    std::optional<kept_bytes> keep_bytes(std::size_t size);
    static constexpr std::string_view too_much_is_kept = "too much is kept for the program";
    /// Ends a client that does what none does.
    void break_rules(std::string_view what);

    void send(const encoded& made, bool compress = true);
    void send(const packet_head& head, function_ref<void(writer&)> data = {});

    /// The join has come to its end. The join must be kept alive by the caller.
    void on_joined(join& which, std::shared_ptr<socket_state> socket);
    void on_refused(join& which, const connect_error& why);
    void on_unknown(join& which);
    /// A socket leaves its namespace. When it was the server's wish, packets that are still on their way are
    /// forgiven.
    void on_left(socket_state& socket, bool forgiving);
    /// Dismisses all sockets, then closes the session.
    void dismiss_all();

    // engine::session_handler
    void on_text(engine::session& from, std::span<char> text, const engine::request* via) override;
    void on_binary(engine::session& from, std::span<char> data, const engine::request* via) override;
    void on_close(engine::session& which, engine::close_reason reason, std::string_view description) override;

  private:
    struct entry {
        std::shared_ptr<socket_state> socket;  // joined
        std::shared_ptr<join> joining;         // or on the way
        std::string_view nsp() const noexcept;
    };

    void on_decoded(const decoded& made, std::size_t size);
    void receive(const packet& received, std::size_t size);
    void on_connect(const packet& received, std::size_t size);
    void on_disconnect(entry& where);
    void on_joined_packet(const std::shared_ptr<socket_state>& socket, const packet& received,
                          std::size_t size);
    void send_refusal(std::string_view nsp, const connect_error& why);
    void send_unknown(std::string_view nsp);
    void drop(join& which);
    void join_anew(std::string_view nsp, value auth, std::size_t size);
    void start_join(std::string_view nsp, value auth, std::size_t size);
    void start_later();
    void start_waiting();
    void leave(std::string_view nsp);
    entry* find(std::string_view nsp) noexcept;
    void erase(const entry& which) noexcept;
    bool forgiven(std::string_view nsp) const noexcept;
    void forgive(std::string_view nsp);
    std::vector<entry> silence_joins();
    void leave_all(disconnect_reason reason, std::string_view description);
    void on_connect_timeout(engine::time_point now);

    std::shared_ptr<hub> owner_;
    desk& home_;
    engine::session& session_;
    std::shared_ptr<client_link> link_;
    std::unique_ptr<decoder> decoder_;
    std::vector<entry> entries_;
    std::unique_ptr<std::deque<std::string>>
        forgiven_;                       // namespaces that the server has ended, the latest last
    std::unique_ptr<conn_watch> watch_;  // made when it is first asked for
    std::size_t pending_acks_ = 0;
    engine::timer connect_timeout_;
    bool joins_wait_ = false;  // for the next turn
    bool closed_ = false;      // all sockets have been told
    bool deaf_ = false;        // what still arrives is not read
};

}  // namespace kedge
