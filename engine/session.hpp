#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <engine/error.hpp>
#include <engine/handler.hpp>
#include <engine/loop.hpp>
#include <engine/message.hpp>
#include <engine/options.hpp>
#include <engine/request.hpp>
#include <engine/timer_wheel.hpp>
#include <engine/transport.hpp>

namespace kedge::engine {

class registry;

enum class session_state : std::uint8_t { opening, open, closing, closed };

/// One Engine.IO client. Lives on one worker from its handshake to its end; everything here belongs to that thread.
class session final : private transport_owner, private turn_work {
  public:
    using sent_callback = unique_function<void()>;

    ~session();

    std::string_view id() const noexcept;
    engine::revision revision() const noexcept;
    session_state state() const noexcept;
    const transport& current_transport() const noexcept;
    transport_kind kind() const noexcept { return current_transport().kind(); }
    bool upgrading() const noexcept;
    bool upgraded() const noexcept;
    const request_ptr& first_request() const noexcept;
    engine::loop& loop() noexcept;
    session_handler& handler() noexcept;

    /// Sends a message packet. `data` is used during the call only. Dropped unless the session is open. `sent` runs
    /// when the kernel has taken it, never if the session closes first.
    void send(content_kind content, std::string_view data, bool compress = true, sent_callback sent = {});
    /// Sends a shared message.
    void send(const message_ptr& shared);
    /// Whether what is sent now leaves at the end of this turn: the rule for volatile messages.
    bool writable() const noexcept;
    /// Bytes that wait in this session: for a poll, or for the kernel.
    std::size_t unsent() const noexcept;

    /// Closes the session with reason `forced close`. Without `discard` what is buffered is delivered first, and a
    /// polling client is told in its next poll; with it nothing is waited for.
    void close(bool discard = false);

    // (what registry and transports need follows; see session.cpp)
};

}  // namespace kedge::engine
