#pragma once

#include <bench/common/workload.hpp>
#include <string>
#include <string_view>

namespace bench {

/// What one client must receive, byte for byte: the answers to its messages in their order, with heartbeats
/// between.
class expectation {
  public:
    struct verdict {
        bool right = true;
        std::size_t answers = 0;  ///< complete now
        std::size_t pings = 0;
    };

    verdict check(std::string_view bytes, const workload& work, const framing& how);

  private:
    verdict check_items(std::string_view bytes, const workload& work, const framing& how);

    std::size_t number_ = 0;   // of the answer that is coming
    std::size_t arrived_ = 0;  // bytes of it
    std::string odd_;          // the beginning of something that is no answer
};

}  // namespace bench
