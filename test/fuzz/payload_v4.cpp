#include <test/fuzz/read_payload.hpp>

#include <kedge/engine/packet.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    kedge::fuzz::read_payload(kedge::engine::revision::v4, kedge::engine::payload_format::text, data, size);
    return 0;
}
