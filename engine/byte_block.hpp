#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace kedge::engine {

/// Sixteen bytes that are looked at together, as the compiler's vectors have it for any processor.
using byte_block = signed char __attribute__((vector_size(16)));

inline constexpr std::size_t byte_block_size = sizeof(byte_block);

inline byte_block load_block(const char* from) noexcept {
    byte_block block;
    std::memcpy(&block, from, sizeof block);
    return block;
}

inline void store_block(char* to, const byte_block& block) noexcept {
    std::memcpy(to, &block, sizeof block);
}

/// Whether the highest bit of any byte is set: it is above ASCII, or a comparison of blocks was true there.
inline bool any_high_bit(const byte_block& block) noexcept {
#ifdef __SSE2__
    using builtin_block = char __attribute__((vector_size(16)));
    return __builtin_ia32_pmovmskb128(reinterpret_cast<builtin_block>(block)) != 0;
#else
    constexpr std::uint64_t high_bits = 0x8080808080808080u;
    std::uint64_t halves[2];
    std::memcpy(halves, &block, sizeof block);
    return ((halves[0] | halves[1]) & high_bits) != 0;
#endif
}

/// Which byte is the first whose highest bit is set; byte_block_size when there is none.
inline std::size_t first_high_bit(const byte_block& block) noexcept {
#ifdef __SSE2__
    using builtin_block = char __attribute__((vector_size(16)));
    const int bits = __builtin_ia32_pmovmskb128(reinterpret_cast<builtin_block>(block));
    return bits == 0 ? byte_block_size : static_cast<std::size_t>(__builtin_ctz(static_cast<unsigned>(bits)));
#else
    std::size_t at = 0;
    while (at < byte_block_size && block[at] >= 0) ++at;
    return at;
#endif
}

}  // namespace kedge::engine
