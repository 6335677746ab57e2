#pragma once

#include <cstdint>

namespace kedge::test {

/// How often allocations fail once the time has come.
enum class failing : std::uint8_t {
    once,
    to_the_end_of_the_turn,  ///< until the one that is exposed then is over
    from_then_on,
};

/// While it exists, operator new of this thread fails where it is exposed: the `nth` exposed allocation from
/// 1 on, or that and those behind it. With 0 none fails, and they are only counted.
class failing_allocations {
  public:
    failing_allocations(std::uint64_t nth, failing how) noexcept;
    ~failing_allocations();
    failing_allocations(const failing_allocations&) = delete;
    failing_allocations& operator=(const failing_allocations&) = delete;

    /// How many exposed ones there have been.
    static std::uint64_t count() noexcept;
    /// How many bytes they were of together.
    static std::uint64_t bytes() noexcept;
};

/// Where allocations, and system calls, may fail: the turns of the server, not what the test does between
/// them.
class exposed {
  public:
    exposed() noexcept;
    ~exposed();
    exposed(const exposed&) = delete;
    exposed& operator=(const exposed&) = delete;

    /// Whether this thread is there now.
    static bool here() noexcept;
};

}  // namespace kedge::test
