#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <node_api.h>

#include <kedge/engine/loop.hpp>
#include <kedge/engine/message.hpp>
#include <kedge/node/addon/javascript.hpp>
#include <kedge/node/addon/traffic.hpp>
#include <kedge/transports/loop/worker.hpp>
#include <kedge/transports/net/socket_address.hpp>
#include <kedge/transports/websocket/ws_deflate.hpp>
#include <kedge/transports/websocket/ws_group.hpp>
#include <kedge/transports/websocket/ws_peer.hpp>

namespace kedge::node {

class socket;

/// What compression was agreed on for a websocket that is taken over.
struct agreed_deflate {
    transports::ws_deflate_options options;
    transports::ws_deflate_terms terms;
};

/// The websockets of one environment of JavaScript, by number; a worker on that environment's loop.
class sockets final : private engine::turn_work {
  public:
    /// For each number a byte that JavaScript reads: whether bytes of it were sent and may not be with the
    /// kernel yet.
    static constexpr std::size_t most = std::size_t{1} << 20;

    sockets(std::unique_ptr<transports::host> loop, std::unique_ptr<javascript> above,
            std::span<std::uint8_t> pending);
    ~sockets();

    /// Takes a connection over, whose descriptor stays the caller's; it reads nothing until resume().
    /// Nothing when it cannot be taken.
    std::optional<std::uint32_t> open(int descriptor, std::string read, std::size_t max_message,
                                      const std::optional<agreed_deflate>& deflate);
    /// The same for a websocket whose bytes JavaScript carries: they leave by the object's functions.
    std::optional<std::uint32_t> carry(napi_value websocket, std::string read, std::size_t max_message,
                                       const std::optional<agreed_deflate>& deflate);
    /// Null when it has ended.
    socket* find(std::uint32_t id) noexcept { return id < all_.size() ? all_[id] : nullptr; }
    /// Forgets one that is ending. It is destroyed when the turn is over.
    void release(socket& ended);

    /// Makes the frame that shared sends are of, until the next one; an empty one keeps nothing.
    void share(std::string frame);
    const engine::message_ptr& shared() const noexcept { return shared_; }

    javascript& above() noexcept { return *above_; }
    /// JavaScript is called: the scope ends with the turn at the latest.
    bool enter(std::uint32_t id);
    void pending(std::uint32_t id, bool sent) noexcept { pending_[id] = sent ? 1 : 0; }
    transports::worker& home() noexcept { return home_; }

  private:
    void end_turn() override { above_->leave(); }
    transports::ws_group& group(std::size_t max_message);
    std::optional<std::uint32_t> begin(transports::detached_stream on, int descriptor,
                                       std::size_t max_message, const std::optional<agreed_deflate>& deflate);

    std::unique_ptr<javascript> above_;
    std::span<std::uint8_t> pending_;
    engine::message_ptr shared_;
    std::vector<socket*> all_;
    std::vector<std::uint32_t> free_;
    std::map<std::size_t, transports::ws_group> groups_;
    transports::worker home_;
};

/// One websocket, as JavaScript sees it.
class socket final : public transports::mortal, private transports::ws_owner {
  public:
    /// `descriptor`: that of the stream; below 0 when it has none.
    socket(sockets& home, std::uint32_t id, int descriptor, transports::ws_group& group,
           transports::detached_stream on, std::unique_ptr<transports::ws_deflate> deflate);

    std::uint32_t id() const noexcept { return id_; }
    transports::ws_peer& peer() noexcept { return peer_; }

    /// Sends what belongs before the first frame: the answer to the upgrade request.
    void begin(std::string_view answer);
    /// Sends an Engine.IO message: a text frame of '4' and the text.
    void message(std::string_view text);
    void text(std::string_view text);
    void binary(std::string_view data);
    void shared();
    /// What JavaScript has read for it: the messages in it are told before this returns.
    std::size_t feed(std::string_view bytes);
    void feed_end();
    /// Whether the kernel refused bytes that still wait; if so, the drain will be told.
    bool blocked() noexcept;
    /// By what the kernel counts; nothing where it does not, as for UNIX sockets.
    std::optional<traffic> carried() const noexcept;
    /// The server's end of it.
    transports::socket_address local() const noexcept;

  private:
    void on_text(transports::ws_peer&, std::span<char> text) override;
    void on_binary(transports::ws_peer&, std::span<char> data) override;
    void on_ping(transports::ws_peer&, std::span<const char> data) override;
    void on_pong(transports::ws_peer&, std::span<const char> data) override;
    void on_breach(transports::ws_peer&) override;
    void on_close(transports::ws_peer&, const transports::ws_end& end) override;
    void on_drain(transports::ws_peer&) override;
    void tell(javascript::event which, std::span<const char> data);
    void sent();

    sockets& home_;
    const std::uint32_t id_;
    const int descriptor_;
    bool drain_wanted_ = false;
    bool sent_ = false;
    transports::ws_peer peer_;
};

}  // namespace kedge::node
