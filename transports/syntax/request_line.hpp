#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kedge/engine/request.hpp>

namespace kedge::transports {

/// The first line of a request, taken apart.
struct request_line {
    std::string_view method;
    std::string_view target;  ///< in origin form (or "*"), whatever form it came in
    int minor_version = 1;
};

/// Takes "GET /path HTTP/1.1" apart. Nothing when it is anything else: another protocol or version, more than
/// one space, control bytes, a target that is no path (absolute forms are cut to their path).
std::optional<request_line> read_request_line(std::string_view line);

/// Puts header lines, from behind the request line to the empty line, into `fields`, values trimmed. False
/// when a line is folded or its name is no token.
bool read_header_lines(std::string_view lines, std::vector<engine::header_field>& fields);

/// Whether each CR is followed by a LF and each LF preceded by a CR.
bool lines_end_well(std::string_view head) noexcept;

}  // namespace kedge::transports
