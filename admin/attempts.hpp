#pragma once

#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>

#include <kedge/engine/keyed_hash.hpp>
#include <kedge/engine/timer_wheel.hpp>

namespace kedge::admin {

/// How often a host may try to log in: so many times in a minute. Of hosts beyond those that there is room
/// for all are counted as one. From any thread.
class attempts {
  public:
    explicit attempts(std::size_t in_a_minute = 10, std::size_t hosts = 4096) noexcept
        : most_(in_a_minute), hosts_(hosts) {}

    /// Counts one; false when it is too much. `address` as text; an IPv6 host is its /64.
    bool admit(std::string_view address, engine::time_point now);
    /// It has logged in: what it tried before does not count.
    void forgive(std::string_view address);

  private:
    const std::size_t most_;
    const std::size_t hosts_;
    std::mutex lock_;
    engine::keyed_map<std::string, std::size_t> tried_;
    engine::time_point minute_{};
    std::size_t others_ = 0;
};

}  // namespace kedge::admin
