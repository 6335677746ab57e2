#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include <kedge/engine/request.hpp>
#include <kedge/transports/syntax/request_line.hpp>

namespace kedge::transports {

/// The head of a request as nearly all clients write theirs. Its connection stays open behind the answer.
struct plain_head {
    request_line line;
    std::size_t size = 0;  ///< in bytes, the empty line included
    bool upgrade = false;  ///< asks to leave HTTP
};

/// Reads the head that `bytes` begin with, and its headers into `fields`, if it is there as a whole and
/// leaves nothing to judge: GET or POST of a path by HTTP/1.1, lines of ASCII in the form "Name: value", no
/// transfer coding, and no word about the connection but the usual ones. Of any other head nothing is said
/// here, neither good nor bad. Whatever it reads llhttp reads to the same effect, for four times as much.
std::optional<plain_head> read_plain_head(std::string_view bytes, std::vector<engine::header_field>& fields);

}  // namespace kedge::transports
