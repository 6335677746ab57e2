#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include <kedge/engine/byte_block.hpp>

namespace kedge::transports {

using ws_mask = std::array<char, 4>;

/// Takes a frame's mask off a piece of its payload, in place; `offset` is where in the payload the piece
/// begins. Returns whether the piece came out as pure ASCII.
inline bool unmask(std::span<char> piece, const ws_mask& mask, std::uint64_t offset) noexcept {
    constexpr std::size_t step = engine::byte_block_size;
    char turned[step];
    for (std::size_t i = 0; i < step; ++i) turned[i] = mask[(offset + i) & 3];
    const engine::byte_block key = engine::load_block(turned);

    engine::byte_block seen{};
    std::size_t at = 0;
    for (; at + step <= piece.size(); at += step) {
        const engine::byte_block plain = engine::load_block(piece.data() + at) ^ key;
        seen |= plain;
        engine::store_block(piece.data() + at, plain);
    }
    std::uint64_t half = 0;
    if (piece.size() - at >= sizeof half) {
        std::uint64_t half_key = 0;
        std::memcpy(&half, piece.data() + at, sizeof half);
        std::memcpy(&half_key, turned, sizeof half_key);
        half ^= half_key;
        std::memcpy(piece.data() + at, &half, sizeof half);
        at += sizeof half;
    }
    unsigned char rest = 0;
    for (; at < piece.size(); ++at) {
        piece[at] = static_cast<char>(piece[at] ^ turned[at & 3]);
        rest |= static_cast<unsigned char>(piece[at]);
    }
    constexpr std::uint64_t high_bits = 0x8080808080808080u;
    return !engine::any_high_bit(seen) && (half & high_bits) == 0 && rest < 0x80;
}

}  // namespace kedge::transports
