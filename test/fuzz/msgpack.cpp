// The MessagePack parser: what it decodes must encode and decode again to the same value.

#include <kedge/socketio/wire/msgpack.hpp>

#include <cstdint>
#include <cstdlib>
#include <vector>

#include <kedge/socketio/value/value.hpp>

namespace {

void check_round_trip(const kedge::parser& parser, const kedge::packet& packet) {
    const kedge::value before(packet.data);
    const auto write = [&](kedge::writer& to) { before.write(to); };
    const auto data = packet.data.exists() ? kedge::function_ref<void(kedge::writer&)>(write) : nullptr;
    const auto encoded = parser.encode({packet.type, packet.nsp, packet.id}, data);
    std::vector<char> bytes(encoded.head().begin(), encoded.head().end());
    const auto back = parser.make_decoder()->decode_binary(bytes);
    if (!back.packet() || back.packet()->nsp != packet.nsp || back.packet()->id != packet.id) std::abort();
    const auto again = parser.encode({packet.type, packet.nsp, packet.id}, data);
    if (again.head() != encoded.head()) std::abort();
    if (kedge::value(back.packet()->data).size() != before.size()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const auto parser = kedge::msgpack_parser();
    std::vector<char> bytes(data, data + size);
    const auto made = parser->make_decoder()->decode_binary(bytes);
    if (made.packet()) check_round_trip(*parser, *made.packet());
    return 0;
}
