#include <bench/common/framing.hpp>
#include <cstdint>

namespace bench {
namespace {

constexpr unsigned char text_frame = 0x81;
constexpr unsigned char masked = 0x80;
// Any key serves; a constant one lets a frame be made once and sent often.
constexpr char mask[] = {'\x5a', '\x17', '\xc3', '\x68'};

std::string header(std::size_t size, unsigned char mask_bit) {
    std::string bytes(1, static_cast<char>(text_frame));
    if (size < 126) {
        bytes += static_cast<char>(mask_bit | size);
        return bytes;
    }
    const bool wide = size > 0xffff;
    bytes += static_cast<char>(mask_bit | (wide ? 127 : 126));
    for (int shift = wide ? 56 : 8; shift >= 0; shift -= 8) {
        bytes += static_cast<char>((static_cast<std::uint64_t>(size) >> shift) & 0xff);
    }
    return bytes;
}

struct websocket final : framing {
    std::string outgoing(std::string_view packet) const override {
        std::string bytes = header(packet.size(), masked).append(mask, 4);
        for (std::size_t i = 0; i < packet.size(); ++i) bytes += static_cast<char>(packet[i] ^ mask[i % 4]);
        return bytes;
    }

    std::string incoming(std::string_view packet) const override {
        return header(packet.size(), 0).append(packet);
    }

    std::size_t item_size(std::string_view bytes) const override {
        if (bytes.size() < 2) return 0;
        const auto head = header_size(bytes);
        if (bytes.size() < head) return 0;
        std::uint64_t size = static_cast<unsigned char>(bytes[1]) & 0x7f;
        if (head > 2) size = 0;
        for (std::size_t i = 2; i < head; ++i) size = size << 8 | static_cast<unsigned char>(bytes[i]);
        return bytes.size() < head + size ? 0 : head + size;
    }

    std::string_view packet(std::string_view item) const override { return item.substr(header_size(item)); }

    static std::size_t header_size(std::string_view bytes) {
        const int size = bytes[1] & 0x7f;
        return size == 127 ? 10 : size == 126 ? 4 : 2;
    }
};

struct polling final : framing {
    std::string outgoing(std::string_view packet) const override { return std::string(packet) + separator; }
    std::string incoming(std::string_view packet) const override { return std::string(packet) + separator; }

    std::size_t item_size(std::string_view bytes) const override {
        const auto end = bytes.find(separator);
        return end == std::string_view::npos ? 0 : end + 1;
    }

    std::string_view packet(std::string_view item) const override { return item.substr(0, item.size() - 1); }
};

}  // namespace

const framing& websocket_framing() {
    static const websocket one;
    return one;
}

const framing& polling_framing() {
    static const polling one;
    return one;
}

}  // namespace bench
