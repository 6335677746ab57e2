#include <test/fuzz/read_payload.hpp>

#include <kedge/engine/packet.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    kedge::fuzz::read_payload(kedge::engine::revision::v3, kedge::engine::payload_format::binary, data, size);
    return 0;
}
