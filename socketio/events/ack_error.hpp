#pragma once

#include <cstdint>
#include <string>

namespace kedge {

/// Why an acknowledgement, or the answers of the servers of a cluster, did not come. False in a condition
/// when they came.
class ack_error {
  public:
    enum class cause : std::uint8_t {
        none,
        timed_out,
        too_many_pending,
        disconnected,
        unreachable  ///< the other servers
    };

    ack_error() noexcept = default;
    ack_error(cause why) noexcept : why_(why) {}
    /// Of so many servers that were asked so many have answered.
    ack_error(cause why, std::uint32_t answered, std::uint32_t asked) noexcept
        : why_(why), answered_(answered), asked_(asked) {}

    explicit operator bool() const noexcept { return why_ != cause::none; }
    cause why() const noexcept { return why_; }
    /// "operation has timed out" for an acknowledgement that did not come in time, "timeout reached: only x
    /// responses received out of y" where servers were asked, as the reference spells it.
    std::string message() const;

  private:
    cause why_ = cause::none;
    std::uint32_t answered_ = 0;
    std::uint32_t asked_ = 0;
};

}  // namespace kedge
