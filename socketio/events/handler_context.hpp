#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

#include <kedge/socketio/events/ack_error.hpp>
#include <kedge/socketio/events/handler_source.hpp>
#include <kedge/socketio/events/kept_bytes.hpp>
#include <kedge/socketio/value/argument_list.hpp>
#include <kedge/socketio/value/tape.hpp>

namespace kedge {

class ack;
class socket;
class nsp_state;
class pending_answer;
class socket_state;

/// Where every call of a handler comes from: the socket, the answer that the client waits for, the error of
/// an answer that did not come. Lives during the call.
class handler_context final : public call_context {
  public:
    /// An event, or an acknowledgement, of a socket.
    explicit handler_context(handler_source* at, std::optional<std::uint64_t> ack_id = {},
                             ack_error error = {}) noexcept
        : at_(at), ack_id_(ack_id), error_(error) {}
    /// An event whose answer somebody may hold already.
    handler_context(handler_source* at, std::shared_ptr<pending_answer> answer) noexcept
        : at_(at), answer_(std::move(answer)) {}
    /// An event of the server itself.
    handler_context(nsp_state& where, std::shared_ptr<pending_answer> answer) noexcept
        : where_(&where), answer_(std::move(answer)) {}

    /// Null for an event of the server.
    socket_state* at() const noexcept { return at_ ? &at_->whom() : nullptr; }
    nsp_state& where() const noexcept;
    /// The event's name, while it is being dispatched.
    std::string_view event() const noexcept { return event_; }
    void name_event(std::string_view event) noexcept { event_ = event; }
    /// What the event takes when it is kept: `size`, or more where values of `data` do. 0 for what is no
    /// event of a client.
    void weigh(std::size_t size, const item& data = {}) noexcept {
        size_ = size;
        data_ = data;
    }
    /// What is called goes on behind the call. Nothing when too much of the client's does.
    std::optional<kept_bytes> keep_bytes() const;
    /// The answer as a handle; does nothing when none is wanted.
    ack answer();
    ack_error error() const noexcept { return error_; }
    void reply(const outgoing_arguments& results) override;

  private:
    handler_source* at_ = nullptr;
    nsp_state* where_ = nullptr;
    std::string_view event_;
    std::size_t size_ = 0;
    item data_;
    std::optional<std::uint64_t> ack_id_;
    ack_error error_;
    std::shared_ptr<pending_answer> answer_;
};

template <>
struct context_parameter<ack> : std::true_type {
    static ack take(call_context& from);
};

template <>
struct context_parameter<ack_error> : std::true_type {
    static ack_error take(call_context& from) { return static_cast<handler_context&>(from).error(); }
};

}  // namespace kedge
