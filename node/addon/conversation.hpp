#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include <node_api.h>

#include <kedge/engine/handler.hpp>
#include <kedge/engine/loop.hpp>
#include <kedge/engine/message.hpp>
#include <kedge/engine/session.hpp>
#include <kedge/node/addon/javascript.hpp>

namespace kedge::node {

class conversation;

/// The conversations of one environment, by number.
class conversations final {
  public:
    std::uint32_t add(conversation& one);
    void remove(std::uint32_t id) noexcept;
    /// Null when it has ended.
    conversation* find(std::uint32_t id) const noexcept { return id < all_.size() ? all_[id] : nullptr; }

    /// Makes the message that shared sends are of, until the next one; an empty one keeps nothing.
    void share(engine::message_ptr message) noexcept { shared_ = std::move(message); }
    const engine::message_ptr& shared() const noexcept { return shared_; }

  private:
    std::vector<conversation*> all_;
    std::vector<std::uint32_t> free_;
    engine::message_ptr shared_;
};

/// Where conversations live: the engine with this number.
class conversation_home : private engine::turn_work {
  public:
    /// What tells in a scope of JavaScript: websockets have the numbers below, conversations those from here
    /// on.
    static constexpr std::uint32_t first_talk = std::uint32_t{1} << 30;

    std::uint32_t number() const noexcept { return number_; }
    conversations& talks() noexcept { return talks_; }
    javascript& above() noexcept { return above_; }
    /// JavaScript is called: the scope ends with the turn at the latest.
    bool enter(std::uint32_t teller);
    /// The same for what is told of no session.
    bool enter() { return enter(UINT32_MAX - 1 - number_); }

  protected:
    conversation_home(std::uint32_t number, conversations& talks, javascript& above) noexcept
        : number_(number), talks_(talks), above_(above) {}
    ~conversation_home() = default;

    /// Whose turns they are; before anything is told.
    void on_loop(engine::loop& loop) noexcept { loop_ = &loop; }

  private:
    void end_turn() override { above_.leave(); }

    const std::uint32_t number_;
    conversations& talks_;
    javascript& above_;
    engine::loop* loop_ = nullptr;
};

/// A session that lives here, as JavaScript sees it.
class conversation final : public engine::session_handler, private engine::session_observer {
  public:
    conversation(conversation_home& home, engine::session& on);
    ~conversation() override;

    std::uint32_t id() const noexcept { return id_; }
    engine::session& session() noexcept { return session_; }

    /// Tells JavaScript that it has opened.
    void begin();
    /// Sends; `told`: JavaScript hears when the kernel has taken it.
    void send(engine::content_kind content, std::string_view data, bool compress, bool told);
    void send_shared();
    /// Whether the session has closed.
    bool close(bool discard);
    /// Closes it, and nothing more is told.
    void abandon();
    /// Tells of what happens inside, or no longer.
    void watch(bool yes) noexcept;

    enum state : std::uint32_t { writable = 1, on_websocket = 2, upgrading = 4, upgraded = 8 };
    std::uint32_t facts() const noexcept;

  private:
    /// What is told of the inside of a session.
    enum class inside : std::uint8_t { packet, create, flush, heartbeat, upgrading, upgrade };

    void on_text(engine::session& from, std::span<char> text, const engine::request* via) override;
    void on_binary(engine::session& from, std::span<char> data, const engine::request* via) override;
    void on_close(engine::session& which, engine::close_reason reason, std::string_view description) override;
    void on_packet(engine::session&, const engine::packet& received) override;
    void on_packet_create(engine::session&, const engine::outbound& made) override;
    void on_flush(engine::session&) override { tell(inside::flush); }
    void on_heartbeat(engine::session&) override { tell(inside::heartbeat); }
    void on_upgrading(engine::session&, engine::transport&) override { tell(inside::upgrading); }
    void on_upgrade(engine::session&, engine::transport&) override { tell(inside::upgrade); }

    bool enter();
    void tell(inside what, std::uint32_t more = 0);

    conversation_home& home_;
    engine::session& session_;
    std::uint32_t id_;
    bool gone_ = false;
};

/// The head of a request: [method, target, version, address, port, whether it is secure, name, value, ...].
napi_value describe(const javascript& above, const engine::request& what);

}  // namespace kedge::node
