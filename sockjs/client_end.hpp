#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <kedge/engine/loop.hpp>
#include <kedge/engine/request.hpp>
#include <kedge/transports/loop/door.hpp>

namespace kedge {
class nsp_state;
}
namespace kedge::transports {
class http_share;
}

namespace kedge::sockjs {

/// What a handle reaches: the client on its worker.
class client_end {
  public:
    virtual void say(std::string_view message) = 0;
    /// Sends a message that was written for frames already, see append_message().
    virtual void say_written(std::string_view message, const std::string& written) = 0;
    /// Sends what may be no text, as bytes where there is a way for them.
    virtual void say_bytes(std::string_view message) = 0;
    /// Sends no heartbeats from now on: whoever speaks over it has some of its own.
    virtual void quiet() noexcept = 0;
    /// Bytes that wait for the client here.
    virtual std::size_t unsent() const noexcept = 0;
    /// Calls `told` once when they have gone: in a turn to come, or at the end of this one.
    virtual void want_room(std::function<void()> told) = 0;
    /// Reads nothing from the client until that is taken back. Requests of their own cannot be held.
    virtual void hold(bool) {}
    virtual void close(std::uint16_t code, std::string_view reason) = 0;
    virtual void on_message(std::function<void(std::string_view)> handler) = 0;
    virtual void on_close(std::function<void(std::uint16_t, std::string_view)> handler) = 0;
    virtual void join(const std::shared_ptr<nsp_state>& where, std::string_view room) = 0;
    virtual void leave(const std::shared_ptr<nsp_state>& where, std::string_view room) = 0;
    virtual transports::http_share& home() noexcept = 0;

  protected:
    ~client_end() = default;
};

/// What handles share of a client: they may live on any thread, and outlive it.
struct client_link {
    std::string id;
    engine::request_ptr request;
    std::string_view transport;
    transports::door_ptr way;
    const engine::loop* loop = nullptr;
    std::atomic<bool> connected{true};
    client_end* at = nullptr;  ///< touched on its thread alone; null when it has gone

    /// Whether this is the client's thread.
    bool on_its_thread() const noexcept { return loop->on_this_thread(); }
    /// Runs `act(client_end&)` on the client's thread, unless it has gone. From any thread.
    template <class Act>
    static void pass(const std::shared_ptr<client_link>& to, Act act) {
        to->way->pass([to, act = std::move(act)]() mutable {
            if (to->at) act(*to->at);
        });
    }
};

}  // namespace kedge::sockjs
