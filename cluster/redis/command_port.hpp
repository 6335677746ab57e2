#pragma once

#include <string_view>

#include <kedge/cluster/redis/outbox.hpp>

namespace kedge::cluster {

/// Where commands are given to Redis: to one server, or to the one of many that has the key.
class command_port {
  public:
    using answer = command_answer;

    /// Commands reach Redis.
    virtual bool ready() const noexcept = 0;
    /// Sends a command, now or when it can be sent again. `on_answer` is called once, with an error if there
    /// will be no answer.
    virtual void send(std::string_view command, answer on_answer = {}) = 0;
    /// Sends a command if it can leave at once, else drops it.
    virtual void send_or_drop(std::string_view command) = 0;
    /// Sends a command if Redis is there; else its answer is an error, in this call.
    virtual void ask(std::string_view command, answer on_answer) = 0;

  protected:
    ~command_port() = default;
};

}  // namespace kedge::cluster
