#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace kedge::transports {

/// A frame as a client sends it: `first` is the whole first byte, the payload is masked.
inline std::string client_frame(unsigned first, std::string_view payload,
                                std::string_view mask = "\x12\x34\x56\x78") {
    std::string frame(1, static_cast<char>(first));
    const std::uint64_t size = payload.size();
    const int length_size = size > 0xFFFF ? 8 : size > 125 ? 2 : 0;
    frame += static_cast<char>(0x80u | (length_size == 8   ? 127u
                                        : length_size == 2 ? 126u
                                                           : static_cast<unsigned>(size)));
    for (int i = length_size - 1; i >= 0; --i) frame += static_cast<char>(size >> (8 * i) & 0xFF);
    frame.append(mask);
    for (std::size_t i = 0; i < payload.size(); ++i) frame += static_cast<char>(payload[i] ^ mask[i % 4]);
    return frame;
}

}  // namespace kedge::transports
