#include <kedge/cluster/client/key_slot.hpp>

#include <array>
#include <charconv>
#include <cstddef>

namespace kedge::cluster {

namespace {

// CRC16 as XMODEM has it.
constexpr std::array<std::uint16_t, 256> crc_table = [] {
    std::array<std::uint16_t, 256> made{};
    for (unsigned i = 0; i < made.size(); ++i) {
        unsigned crc = i << 8;
        for (int bit = 0; bit < 8; ++bit) crc = (crc & 0x8000U) != 0 ? (crc << 1) ^ 0x1021U : crc << 1;
        made[i] = static_cast<std::uint16_t>(crc);
    }
    return made;
}();

std::uint16_t crc16(std::string_view bytes) noexcept {
    unsigned crc = 0;
    for (const char each : bytes)
        crc = ((crc << 8) ^ crc_table[((crc >> 8) ^ static_cast<unsigned char>(each)) & 0xffU]) & 0xffffU;
    return static_cast<std::uint16_t>(crc);
}

/// Takes the next word of a command off its front: `$size\r\nword\r\n`.
std::string_view take_word(std::string_view& rest) noexcept {
    const auto end = rest.find("\r\n");
    if (end == std::string_view::npos || rest.front() != '$') return {};
    std::size_t size = 0;
    std::from_chars(rest.data() + 1, rest.data() + end, size);
    rest.remove_prefix(end + 2);
    const std::string_view word = rest.substr(0, size);
    rest.remove_prefix(rest.size() < size + 2 ? rest.size() : size + 2);
    return word;
}

// The commands of ours that have a key, as their first word.
constexpr std::array<std::string_view, 10> with_a_key{"XADD", "SPUBLISH", "XRANGE", "XREVRANGE", "XLEN",
                                                      "GET",  "SET",      "DEL",    "PEXPIRE",   "MGET"};

}  // namespace

std::uint16_t slot_of(std::string_view key) noexcept {
    const auto open = key.find('{');
    if (open != std::string_view::npos) {
        const auto close = key.find('}', open + 1);
        if (close != std::string_view::npos && close > open + 1) key = key.substr(open + 1, close - open - 1);
    }
    return crc16(key) % slot_count;
}

command_route route_of(std::string_view command) noexcept {
    using kind = command_route::kind;
    const auto head = command.find("\r\n");
    command.remove_prefix(head == std::string_view::npos ? command.size() : head + 2);
    const std::string_view verb = take_word(command);
    if (verb == "PUBSUB") return {kind::everywhere, 0};
    if (verb == "MULTI") return {kind::begins, 0};
    if (verb == "EXEC") return {kind::ends, 0};
    for (const auto each : with_a_key)
        if (verb == each) return {kind::to_slot, slot_of(take_word(command))};
    return {kind::anywhere, 0};
}

}  // namespace kedge::cluster
