#pragma once

#include <cstdint>
#include <string_view>

namespace kedge {

/// Why an acknowledgement did not come. False in a condition when it came.
class ack_error {
  public:
    enum class cause : std::uint8_t { none, timed_out, too_many_pending, disconnected };

    ack_error() noexcept = default;
    ack_error(cause why) noexcept : why_(why) {}

    explicit operator bool() const noexcept { return why_ != cause::none; }
    cause why() const noexcept { return why_; }
    /// "operation has timed out" for an acknowledgement that did not come in time, as the reference spells
    /// it.
    std::string_view message() const noexcept;

  private:
    cause why_ = cause::none;
};

}  // namespace kedge
