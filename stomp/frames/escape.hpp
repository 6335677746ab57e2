#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <kedge/stomp/frames/frame.hpp>

namespace kedge::stomp {

/// Reads a header's name or value as its sender wrote it; nothing when it holds an escape that the version
/// does not know.
std::optional<std::string> unescape(std::string_view written, version by);

/// Appends a header's name or value. What the version cannot write, which would forge headers, becomes a
/// space.
void append_escaped(std::string& to, std::string_view value, version by);

}  // namespace kedge::stomp
