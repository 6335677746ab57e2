#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include <kedge/engine/packet_codec.hpp>
#include <kedge/engine/utf8.hpp>

using namespace kedge::engine;

namespace {

// What was decoded must survive being encoded and decoded again.
void round_trip(const packet& first, revision protocol) {
    if (first.content == content_kind::binary && first.type != packet_type::message) return;
    const std::string data(first.data.begin(), first.data.end());
    std::string wire;
    const outbound again{first.type, first.content, true, data, nullptr};
    const content_kind frame = append_packet(wire, again, protocol, false);
    packet second;
    const auto bytes = std::span(wire.data(), wire.size());
    const auto verdict = frame == content_kind::text ? decode_text(bytes, protocol, second)
                                                     : decode_binary(bytes, protocol, second);
    if (verdict != decoded::packet || second.type != first.type ||
        std::string(second.data.begin(), second.data.end()) != data)
        std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    for (const auto protocol : {revision::v3, revision::v4}) {
        std::string text(reinterpret_cast<const char*>(data), size);
        packet read;
        if (valid_utf8(text) && decode_text({text.data(), text.size()}, protocol, read) == decoded::packet)
            round_trip(read, protocol);
        std::string binary(reinterpret_cast<const char*>(data), size);
        if (decode_binary({binary.data(), binary.size()}, protocol, read) == decoded::packet)
            round_trip(read, protocol);
    }
    return 0;
}
