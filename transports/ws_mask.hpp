#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace kedge::transports {

using ws_mask = std::array<char, 4>;

/// Takes a frame's mask off a piece of its payload, in place; `offset` is where in the payload the piece
/// begins. Returns whether the piece came out as pure ASCII.
inline bool unmask(std::span<char> piece, const ws_mask& mask, std::uint64_t offset) noexcept {
    char turned[8];
    for (std::size_t i = 0; i < sizeof turned; ++i) turned[i] = mask[(offset + i) & 3];
    std::uint64_t key = 0;
    std::memcpy(&key, turned, sizeof key);

    std::uint64_t seen = 0;
    std::size_t at = 0;
    for (; at + 32 <= piece.size(); at += 32) {
        std::uint64_t words[4];
        std::memcpy(words, piece.data() + at, sizeof words);
        for (std::uint64_t& word : words) {
            word ^= key;
            seen |= word;
        }
        std::memcpy(piece.data() + at, words, sizeof words);
    }
    for (; at + 8 <= piece.size(); at += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, piece.data() + at, sizeof word);
        word ^= key;
        seen |= word;
        std::memcpy(piece.data() + at, &word, sizeof word);
    }
    unsigned char rest = 0;
    for (std::size_t i = 0; at < piece.size(); ++i, ++at) {
        piece[at] = static_cast<char>(piece[at] ^ turned[i]);
        rest |= static_cast<unsigned char>(piece[at]);
    }
    return (seen & 0x8080808080808080u) == 0 && rest < 0x80;
}

}  // namespace kedge::transports
