#pragma once

#include <string>
#include <string_view>

namespace kedge::sse {

/// An event as an EventSource reads it.
struct event_text {
    std::string_view name{};  ///< empty: "message"
    std::string_view id{};    ///< what the client tells when it returns; empty: it keeps the last one
    std::string_view data{};
};

/// Appends an event. What would end a line early is left out of its name and id, and begins another line of
/// data.
void append_event(std::string& to, const event_text& event);
/// Appends a comment, which no client sees.
void append_comment(std::string& to, std::string_view text);

}  // namespace kedge::sse
