#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include <kedge/socketio/events/kept_bytes.hpp>
#include <kedge/socketio/value/argument_list.hpp>

namespace kedge {

class nsp_state;
class pending_answer;
class socket_state;

/// Whose event a handler is called for: a socket, as far as handlers know it.
class handler_source {
  public:
    virtual socket_state& whom() noexcept = 0;
    virtual nsp_state& where() const noexcept = 0;
    /// Counts what is kept of the client for the program; nothing when too much is kept already.
    virtual std::optional<kept_bytes> keep_bytes(std::size_t size) = 0;
    /// Answers an event.
    virtual void answer(std::uint64_t id, const outgoing_arguments& results) = 0;
    /// The same for somebody who may answer later.
    virtual std::shared_ptr<pending_answer> make_answer(std::uint64_t id) = 0;

  protected:
    ~handler_source() = default;
};

}  // namespace kedge
