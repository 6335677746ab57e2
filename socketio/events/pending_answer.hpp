#pragma once

#include <atomic>

#include <kedge/engine/function.hpp>
#include <kedge/socketio/value/argument_list.hpp>

namespace kedge {

/// The answer that somebody waits for, while it may still be given.
class pending_answer {
  public:
    using sender = engine::unique_function<void(const outgoing_arguments&)>;
    /// `send` is called at most once, on any thread.
    explicit pending_answer(sender send) noexcept : send_(std::move(send)) {}

    void give(const outgoing_arguments& results) {
        if (!given_.exchange(true)) send_(results);
    }

  private:
    sender send_;
    std::atomic<bool> given_ = false;
};

}  // namespace kedge
