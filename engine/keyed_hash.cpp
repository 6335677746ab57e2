#include <kedge/engine/keyed_hash.hpp>

#include <bit>
#include <chrono>
#include <cstring>
#include <exception>
#include <random>

namespace kedge::engine {

namespace {

struct sip_state {
    std::uint64_t a, b, c, d;

    void round() noexcept {
        a += b;
        c += d;
        b = std::rotl(b, 13) ^ a;
        d = std::rotl(d, 16) ^ c;
        a = std::rotl(a, 32) + d;
        c += b;
        d = std::rotl(d, 21) ^ a;
        b = std::rotl(b, 17) ^ c;
        c = std::rotl(c, 32);
    }

    void take(std::uint64_t word) noexcept {
        d ^= word;
        round();
        a ^= word;
    }
};

std::uint64_t little_endian(std::uint64_t word) noexcept {
    if constexpr (std::endian::native == std::endian::big) return __builtin_bswap64(word);
    return word;
}

std::uint64_t load_word(const char* from) noexcept {
    std::uint64_t word;
    std::memcpy(&word, from, sizeof word);
    return little_endian(word);
}

std::uint32_t load_half(const char* from) noexcept {
    std::uint32_t half;
    std::memcpy(&half, from, sizeof half);
    if constexpr (std::endian::native == std::endian::big) return __builtin_bswap32(half);
    return half;
}

/// Fewer than eight bytes as a number, without a loop.
std::uint64_t load_tail(const char* from, std::size_t size) noexcept {
    const auto byte = [from](std::size_t at) { return std::uint64_t{static_cast<unsigned char>(from[at])}; };
    if (size >= 4) {
        const std::uint64_t last = load_half(from + size - 4);  // overlaps the first where it must
        return load_half(from) | last << (8 * (size - 4));
    }
    if (size == 0) return 0;
    return byte(0) | byte(size / 2) << (8 * (size / 2)) | byte(size - 1) << (8 * (size - 1));
}

hash_secret draw_secret() noexcept {
    const auto mix = [](std::uint64_t high, std::uint64_t low) { return high << 32 | low; };
    try {
        std::random_device source;
        return {mix(source(), source()), mix(source(), source())};
    } catch (const std::exception&) {  // no entropy: the clock and the addresses of this process are better
                                       // than nothing
        static const char here = 0;
        const auto now = std::chrono::high_resolution_clock::now().time_since_epoch().count();
        return {static_cast<std::uint64_t>(now), reinterpret_cast<std::uintptr_t>(&here)};
    }
}

const hash_secret& secret_of_process() noexcept {
    static const hash_secret drawn = draw_secret();
    return drawn;
}

}  // namespace

std::uint64_t siphash(const hash_secret& secret, std::string_view text) noexcept {
    sip_state state{secret.low ^ 0x736F6D6570736575u, secret.high ^ 0x646F72616E646F6Du,
                    secret.low ^ 0x6C7967656E657261u, secret.high ^ 0x7465646279746573u};
    const char* at = text.data();
    std::size_t left = text.size();
    for (; left >= 8; left -= 8, at += 8) state.take(load_word(at));
    state.take(load_tail(at, left) | static_cast<std::uint64_t>(text.size()) << 56);
    state.c ^= 0xFF;
    state.round();
    state.round();
    state.round();
    return state.a ^ state.b ^ state.c ^ state.d;
}

std::size_t keyed_hash::of(std::string_view text) noexcept {
    return static_cast<std::size_t>(siphash(secret_of_process(), text));
}

}  // namespace kedge::engine
