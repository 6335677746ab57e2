#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include <kedge/cluster/redis/resp_value.hpp>
#include <kedge/engine/function.hpp>

namespace kedge::cluster {

/// Told of the answer to a command: an error also when there will be none.
using command_answer = engine::unique_function<void(resp_value)>;

/// Answers a command that Redis will not answer.
void answer_with_error(command_answer& whom, std::string_view why);

/// Commands that cannot be sent yet, in order. Above the limit the oldest make room. Those that are pushed as
/// one leave, or are dropped, as one.
class outbox {
  public:
    struct entry {
        std::string command;  ///< or several, one behind the other
        command_answer answer{};
        std::vector<command_answer> before{};  ///< those of the commands before the last
    };

    explicit outbox(std::size_t max_bytes) noexcept : max_bytes_(max_bytes) {}

    /// Returns how many were dropped for it, itself included if it is larger than all may be.
    std::size_t push(entry made);
    bool empty() const noexcept { return entries_.empty(); }
    entry pop();
    std::size_t bytes() const noexcept { return bytes_; }
    /// Drops all, and returns how many they were.
    std::size_t clear(std::string_view why);

  private:
    std::deque<entry> entries_;
    std::size_t bytes_ = 0;
    std::size_t max_bytes_;
};

}  // namespace kedge::cluster
