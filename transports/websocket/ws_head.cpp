#include <kedge/transports/websocket/ws_head.hpp>

#include <algorithm>

namespace kedge::transports {

namespace {

constexpr unsigned char rsv2_and_rsv3 = 0x30;
constexpr unsigned char mask_bit = 0x80;

std::string numbered(std::string_view what, unsigned number) {
    return std::string("Invalid WebSocket frame: ").append(what).append(" ").append(std::to_string(number));
}

std::string control_fault(unsigned char first, unsigned length) {
    if (!(first & ws_final_bit)) return "Invalid WebSocket frame: FIN must be set";
    if (first & ws_rsv1) return "Invalid WebSocket frame: RSV1 must be clear";
    const bool half_code = (first & 0x0F) == 0x8 && length == 1;
    if (length > 125 || half_code) return numbered("invalid payload length", length);
    return {};
}

std::string opcode_fault(unsigned char first, unsigned length, const ws_expectation& expected) {
    const unsigned opcode = first & 0x0Fu;
    const auto invalid = [&] { return numbered("invalid opcode", opcode); };
    switch (static_cast<ws_opcode>(opcode)) {
        case ws_opcode::continuation:
            if (first & ws_rsv1) return "Invalid WebSocket frame: RSV1 must be clear";
            return expected.in_message ? std::string{} : invalid();
        case ws_opcode::text:
        case ws_opcode::binary:
            return expected.in_message ? invalid() : std::string{};
        case ws_opcode::close:
        case ws_opcode::ping:
        case ws_opcode::pong:
            return control_fault(first, length);
    }
    return invalid();
}

}  // namespace

std::string ws_head_fault(std::span<const char> bytes, const ws_expectation& expected) {
    const auto first = static_cast<unsigned char>(bytes[0]);
    const auto second = static_cast<unsigned char>(bytes[1]);
    if (first & rsv2_and_rsv3) return "Invalid WebSocket frame: RSV2 and RSV3 must be clear";
    if ((first & ws_rsv1) && !expected.may_compress) return "Invalid WebSocket frame: RSV1 must be clear";
    std::string fault = opcode_fault(first, second & 0x7Fu, expected);
    if (fault.empty() && !(second & mask_bit)) fault = "Invalid WebSocket frame: MASK must be set";
    return fault;
}

ws_head read_ws_head(std::span<const char> bytes) noexcept {
    ws_head head;
    if (bytes.size() < 2) return head;
    const unsigned short_length = static_cast<unsigned char>(bytes[1]) & 0x7Fu;
    const std::size_t length_size = short_length == 127 ? 8 : short_length == 126 ? 2 : 0;
    const std::size_t size = 2 + length_size + head.mask.size();
    if (bytes.size() < size) return head;

    head.length = short_length;
    if (length_size > 0) head.length = 0;
    for (const char c : bytes.subspan(2, length_size))
        head.length = head.length << 8 | static_cast<unsigned char>(c);
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(2 + length_size), head.mask.size(),
                head.mask.begin());
    const auto first = static_cast<unsigned char>(bytes[0]);
    head.opcode = static_cast<ws_opcode>(first & 0x0Fu);
    head.final = (first & ws_final_bit) != 0;
    head.compressed = (first & ws_rsv1) != 0;
    head.size = static_cast<std::uint8_t>(size);
    return head;
}

}  // namespace kedge::transports
