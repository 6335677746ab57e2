#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include <kedge/engine/utf8.hpp>
#include <kedge/transports/websocket/ws_frame.hpp>

using namespace kedge::transports;

namespace {

constexpr std::size_t limit = 10'000;

/// What the decoder made of the input, cut into pieces of `size` and what they inflate to into shares; the
/// receiver writes to all that it may.
std::string told(std::string_view input, std::size_t size, bool compressed) {
    ws_deflate deflate({}, {}, limit);
    ws_decoder decoder(limit, compressed ? &deflate : nullptr);
    const std::size_t input_size = input.size();
    std::string all;
    while (!input.empty()) {
        std::string piece(input.substr(0, size));
        input.remove_prefix(piece.size());
        std::span<char> bytes(piece.data(), piece.size());
        if (size < input_size) decoder.begin_share();
        for (ws_event event = decoder.next(bytes); event.what != ws_event::kind::need_more;
             event = decoder.next(bytes)) {
            if (event.what == ws_event::kind::enough) {
                if (bytes.empty()) std::abort();
                decoder.begin_share();
                continue;
            }
            const std::string_view data(event.data.data(), event.data.size());
            all.append("[").append(std::to_string(static_cast<int>(event.what))).append(" ");
            // which of two faults in one frame is seen first depends on the cut
            if (event.what != ws_event::kind::error) all.append(std::to_string(event.code)).append(data);
            all.append("]");
            if (data.size() > limit) std::abort();
            if (event.what == ws_event::kind::text && !kedge::engine::valid_utf8(data)) std::abort();
            const spare_byte kept(bytes);
            std::fill(event.data.begin(), event.data.end(), 'x');
            if (!bytes.empty()) bytes.front() = '\0';
        }
        if (!bytes.empty()) std::abort();
    }
    return all;
}

}  // namespace

/// However frames are cut into pieces, they must mean the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
    const bool compressed = (data[0] & 1) != 0;
    const std::size_t cut = 1 + data[0] / 2u;
    if (told(input, input.size(), compressed) != told(input, cut, compressed)) std::abort();
    return 0;
}
