#pragma once

#include <cstdint>
#include <memory>

#include <kedge/socketio/value/arguments.hpp>

namespace kedge {

class pending_answer;

/// The answer to an event whose sender waits for one; as the last parameter of a handler. The first call
/// sends it, later ones do nothing. May be kept, copied, and called from any thread. If the sender asked for
/// no answer it does nothing.
class ack {
  public:
    ack() noexcept = default;
    explicit ack(std::shared_ptr<pending_answer> what) noexcept : what_(std::move(what)) {}

    /// Whether the sender waits for an answer.
    explicit operator bool() const noexcept { return what_ != nullptr; }

    /// Answers with any number of arguments.
    template <class... Args>
    void operator()(const Args&... args) const {
        with_arguments([this](const outgoing_arguments& sent) { send(sent); }, args...);
    }

  private:
    void send(const outgoing_arguments& sent) const;
    std::shared_ptr<pending_answer> what_;
};

}  // namespace kedge
