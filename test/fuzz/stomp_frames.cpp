#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include <kedge/stomp/frames/frame_parser.hpp>
#include <kedge/stomp/frames/frame_writer.hpp>

using namespace kedge::stomp;

namespace {

std::string again(const frame& read, version by) {
    std::vector<header_view> headers;
    for (const auto& [name, value] : read.headers) {
        if (name != "content-length") headers.emplace_back(name, value);
    }
    std::string text;
    append_frame(text, by, read.command, headers, read.body);
    return text;
}

bool has_cr(std::string_view text) {
    return text.find('\r') != text.npos;
}

// A CR behind a command would be of the line's end, and in headers of 1.1, which has no escape for it, it
// becomes a space.
bool loses_cr(const frame& read, version by) {
    const auto in_header = [](const header& each) { return has_cr(each.first) || has_cr(each.second); };
    return has_cr(read.command) ||
           (by == version::v1_1 && std::any_of(read.headers.begin(), read.headers.end(), in_header));
}

// A frame that was read, and written, is read the same again.
void round_trip(const frame& read, version by) {
    if (read.command.empty() || read.command == "CONNECT" || read.command == "CONNECTED" ||
        read.command == "STOMP" || loses_cr(read, by))
        return;
    if (by == version::v1_0) return;
    const std::string text = again(read, by);
    frame_parser parser({});
    parser.speak(by);
    std::string_view input = text;
    if (parser.feed(input) != frame_parser::outcome::frame) return;
    if (again(parser.read(), by) != text) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const version by = data[0] % 3 == 0 ? version::v1_0 : data[0] % 3 == 1 ? version::v1_1 : version::v1_2;
    const std::size_t step = data[0] / 3 + std::size_t{1};
    frame_parser parser({.head = 200, .headers = 5, .body = 100});
    parser.speak(by);
    const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
    for (std::size_t at = 0; at < text.size(); at += step) {
        std::string_view piece = text.substr(at, step);
        while (!piece.empty()) {
            const frame_parser::outcome got = parser.feed(piece);
            if (got == frame_parser::outcome::broken) return 0;
            if (got != frame_parser::outcome::frame) continue;
            if (parser.read().body.size() > 100 || parser.read().headers.size() > 5) std::abort();
            round_trip(parser.read(), by);
        }
    }
    return 0;
}
