#include <kedge/stomp/frames/frame_writer.hpp>

#include <kedge/stomp/frames/escape.hpp>

namespace kedge::stomp {

void append_frame(std::string& to, version by, std::string_view command, std::span<const header_view> headers,
                  std::string_view body) {
    // The head of these two says which version there is, and is read by no version's rules.
    const version rules = command == "CONNECTED" || command == "CONNECT" ? version::v1_0 : by;
    to += command;
    to += '\n';
    for (const auto& [name, value] : headers) {
        append_escaped(to, name, rules);
        to += ':';
        append_escaped(to, value, rules);
        to += '\n';
    }
    if (!body.empty()) {
        to += "content-length:";
        to += std::to_string(body.size());
        to += '\n';
    }
    to += '\n';
    to += body;
    to += '\0';
}

}  // namespace kedge::stomp
