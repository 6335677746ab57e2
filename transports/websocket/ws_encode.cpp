#include <array>
#include <cstddef>

#include <kedge/transports/websocket/ws_frame.hpp>

namespace kedge::transports {

namespace {

void append_head(std::string& to, unsigned first, std::uint64_t size) {
    std::array<char, max_frame_head> head{};
    std::size_t length_size = size > 0xFFFF ? 8 : size > 125 ? 2 : 0;
    head[0] = static_cast<char>(first);
    head[1] = static_cast<char>(length_size == 8 ? 127 : length_size == 2 ? 126 : size);
    const std::size_t head_size = 2 + length_size;
    for (; length_size > 0; --length_size, size >>= 8) head[1 + length_size] = static_cast<char>(size & 0xFF);
    to.append(head.data(), head_size);
}

}  // namespace

void append_frame_head(std::string& to, ws_opcode opcode, std::uint64_t size) {
    append_head(to, ws_final_bit | static_cast<unsigned>(opcode), size);
}

void append_deflated_frame_head(std::string& to, ws_opcode opcode, std::uint64_t size) {
    append_head(to, ws_final_bit | ws_rsv1 | static_cast<unsigned>(opcode), size);
}

void append_frame(std::string& to, ws_opcode opcode, std::string_view payload) {
    append_frame_head(to, opcode, payload.size());
    to.append(payload);
}

void append_close_frame(std::string& to) {
    append_frame_head(to, ws_opcode::close, 0);
}

void append_close_frame(std::string& to, std::uint16_t code, std::string_view reason) {
    constexpr std::size_t longest_reason = 123;
    reason = reason.substr(0, longest_reason);
    append_frame_head(to, ws_opcode::close, 2 + reason.size());
    to += static_cast<char>(code >> 8);
    to += static_cast<char>(code & 0xFF);
    to.append(reason);
}

}  // namespace kedge::transports
