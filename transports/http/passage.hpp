#pragma once

#include <string>

#include <kedge/transports/syntax/header_list.hpp>

namespace kedge::transports {

/// What a request takes along to another worker, where it is read and admitted anew.
struct passage {
    std::string note{};     ///< what its front had decided, for the same front there
    header_list headers{};  ///< that the answer was given already
};

}  // namespace kedge::transports
