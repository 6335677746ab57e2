#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <kedge/stomp/frames/frame.hpp>

namespace kedge::stomp {

/// A header that is written from where it lies.
using header_view = std::pair<std::string_view, std::string_view>;

/// Appends a frame, whole, as peers of that version read it: lines that end with LF, and `content-length`
/// where there is a body.
void append_frame(std::string& to, version by, std::string_view command, std::span<const header_view> headers,
                  std::string_view body = {});

/// The one line end that says nothing but that its sender lives. Older clients know no other.
inline constexpr std::string_view heart_beat = "\n";

}  // namespace kedge::stomp
