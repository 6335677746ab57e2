#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
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
    unsigned char rest = 0;
    for (std::size_t i = 0; at < piece.size(); ++i, ++at) {
        piece[at] = static_cast<char>(piece[at] ^ turned[i]);
        rest |= static_cast<unsigned char>(piece[at]);
    }
    return !engine::any_high_bit(seen) && rest < 0x80;
}

}  // namespace kedge::transports
