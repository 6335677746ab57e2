#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include <kedge/transports/websocket/ws_deflate.hpp>

using namespace kedge::transports;

namespace {

constexpr std::size_t limit = 100'000;

/// What a peer sends: any bytes, in any pieces. The message never grows above the limit.
void inflate_anything(std::string_view input, const ws_deflate_terms& terms, std::size_t cut) {
    ws_deflate inflater({}, terms, limit);
    std::string message;
    auto result = ws_deflate::outcome::ok;
    for (std::size_t at = 0; at < input.size() && result == ws_deflate::outcome::ok; at += cut)
        result = inflater.inflate(input.substr(at, cut), message);
    if (result == ws_deflate::outcome::ok) inflater.finish(message);
    if (message.size() > limit) std::abort();
}

/// What is sent twice, so that context is taken over, comes back.
void there_and_back(std::string_view input, const ws_deflate_terms& terms) {
    ws_deflate here({}, terms, limit);
    for (int round = 0; round < 2; ++round) {
        std::string sent;
        std::string received;
        if (!here.deflate(input, sent)) std::abort();
        if (here.inflate(sent, received) != ws_deflate::outcome::ok) std::abort();
        if (here.finish(received) != ws_deflate::outcome::ok || received != input) std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
    ws_deflate_terms terms;
    const int bits = 8 + (data[0] & 7);
    terms.server_max_window_bits = bits;
    terms.client_max_window_bits = bits;
    terms.server_no_context_takeover = (data[0] & 8) != 0;
    terms.client_no_context_takeover = terms.server_no_context_takeover;
    inflate_anything(input, terms, 1 + (data[0] >> 4) * 50u);
    there_and_back(input, terms);
    return 0;
}
