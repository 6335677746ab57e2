#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kedge/engine/buffered_bytes.hpp>
#include <kedge/engine/handler.hpp>
#include <kedge/engine/session.hpp>
#include <kedge/socketio/core/client_link.hpp>
#include <kedge/socketio/core/hub.hpp>
#include <kedge/socketio/core/join.hpp>
#include <kedge/socketio/events/disconnect_reason.hpp>
#include <kedge/socketio/events/kept_bytes.hpp>
#include <kedge/socketio/wire/broadcast_packet.hpp>
#include <kedge/socketio/wire/parser.hpp>

namespace kedge {

class conn_watch;
class socket_state;

/// The Socket.IO side of one engine session: decodes its packets and knows in which namespaces the client is.
/// Lives as long as its session, on its thread.
class client final : public engine::session_handler, public join_owner {
  public:
    client(std::shared_ptr<hub> owner, desk& home, engine::session& below);
    ~client() override;
    /// What a client of Socket.IO 1.x and 2.x expects: being in "/" without asking.
    void begin();

    // join_owner
    hub& owner() const noexcept override { return *owner_; }
    const std::shared_ptr<hub>& keep_owner() const noexcept override { return owner_; }
    desk& home() const noexcept override { return home_; }
    const std::shared_ptr<client_link>& link() const noexcept override { return link_; }
    void on_joined(join& which, std::shared_ptr<socket_state> socket) override;
    void on_refused(join& which, const connect_error& why) override;
    void on_unknown(join& which) override;

    // socket_owner
    engine::session& session() noexcept override { return session_; }
    bool revision_3() const noexcept override;
    conn_watch& watch() override;
    void unwatch(const socket_state& left) override;
    std::size_t& pending_acks() noexcept override { return pending_acks_; }
    std::optional<kept_bytes> keep_bytes(std::size_t size) override;
    void break_rules(std::string_view what) override;
    void send(const encoded& made, bool compress = true) override;
    void send(const packet_head& head, function_ref<void(writer&)> data = {}) override;
    void on_left(socket_state& socket, bool forgiving) override;
    void dismiss_all() override;

    // engine::session_handler
    void on_text(engine::session& from, std::span<char> text, const engine::request* via) override;
    void on_binary(engine::session& from, std::span<char> data, const engine::request* via) override;
    std::size_t kept() const noexcept override;
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
    void part_with_all(function_ref<void(socket_state&)> part) noexcept;
    void leave_all(disconnect_reason reason, std::string_view description);
    void on_connect_timeout(engine::time_point now);

    std::shared_ptr<hub> owner_;
    desk& home_;
    engine::session& session_;
    std::shared_ptr<client_link> link_;
    std::unique_ptr<decoder> decoder_;
    engine::buffered_bytes awaits_;  // what it holds
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
