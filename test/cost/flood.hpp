#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace kedge::cost {

/// What one stranger says over sockets: how it comes in, and what it says then, again and again.
struct flood {
    std::vector<std::string>
        opening;             ///< each is said when the one before was answered; "SID" is the session's
    std::string said;        ///< on the connection that came in
    std::size_t voices = 1;  ///< that come in and say it at the same time
    std::vector<std::string> lives;  ///< or connections that come, say this and go, one after the other
};

/// Throws when there is no such kind.
flood make_flood(std::string_view kind, std::size_t count);

}  // namespace kedge::cost
