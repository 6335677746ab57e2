#pragma once

#include <cstdint>

namespace bench {

/// The system calls that this process made while a counting_calls lived, as far as a server makes them for
/// messages.
std::uint64_t system_calls() noexcept;
/// The allocations in that time.
std::uint64_t counted_allocations() noexcept;

class counting_calls {
  public:
    counting_calls() noexcept;
    ~counting_calls();
    counting_calls(const counting_calls&) = delete;
    counting_calls& operator=(const counting_calls&) = delete;

  private:
    std::uint64_t allocations_before_;
};

}  // namespace bench
