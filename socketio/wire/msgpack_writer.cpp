#include <kedge/socketio/wire/msgpack_writer.hpp>

#include <bit>
#include <cmath>
#include <limits>

#include <kedge/engine/utf8.hpp>

namespace kedge {
namespace {

template <class T>
constexpr bool fits(std::uint64_t value) {
    return value <= std::numeric_limits<T>::max();
}

template <class T>
constexpr bool reaches(std::int64_t value) {
    return value >= std::numeric_limits<T>::min();
}

}  // namespace

template <class Unsigned>
void msgpack_writer::put(unsigned code, Unsigned value) {
    put_byte(code);
    for (int shift = std::numeric_limits<Unsigned>::digits - 8; shift >= 0; shift -= 8) {
        put_byte(static_cast<unsigned>(value >> shift & 0xff));
    }
}

/// The 16-bit form of a length or, one code above it, the 32-bit form.
void msgpack_writer::put_length(unsigned code16, std::size_t length) {
    if (fits<std::uint16_t>(length)) return put(code16, static_cast<std::uint16_t>(length));
    put(code16 + 1, static_cast<std::uint32_t>(length));
}

void msgpack_writer::integer(std::int64_t value) {
    if (value >= 0) return unsigned_integer(static_cast<std::uint64_t>(value));
    if (value >= -32) return put_byte(static_cast<unsigned>(value & 0xff));
    if (reaches<std::int8_t>(value)) return put(0xd0, static_cast<std::uint8_t>(value));
    if (reaches<std::int16_t>(value)) return put(0xd1, static_cast<std::uint16_t>(value));
    if (reaches<std::int32_t>(value)) return put(0xd2, static_cast<std::uint32_t>(value));
    put(0xd3, static_cast<std::uint64_t>(value));
}

void msgpack_writer::unsigned_integer(std::uint64_t value) {
    if (value < 0x80) return put_byte(static_cast<unsigned>(value));
    if (fits<std::uint8_t>(value)) return put(0xcc, static_cast<std::uint8_t>(value));
    if (fits<std::uint16_t>(value)) return put(0xcd, static_cast<std::uint16_t>(value));
    if (fits<std::uint32_t>(value)) return put(0xce, static_cast<std::uint32_t>(value));
    put(0xcf, value);
}

void msgpack_writer::number(double value) {
    if (std::trunc(value) == value && value >= -0x1p63 && value < 0x1p63) {
        return integer(static_cast<std::int64_t>(value));
    }
    put(0xcb, std::bit_cast<std::uint64_t>(value));
}

void msgpack_writer::string(std::string_view text) {
    engine::valid_utf8(text) ? put_text(text) : put_text(engine::repair_utf8(text));
}

void msgpack_writer::put_text(std::string_view text) {
    if (text.size() < 32) {
        put_byte(0xa0u | static_cast<unsigned>(text.size()));
    } else if (fits<std::uint8_t>(text.size())) {
        put(0xd9, static_cast<std::uint8_t>(text.size()));
    } else {
        put_length(0xda, text.size());
    }
    bytes(text.data(), text.size());
}

void msgpack_writer::binary(std::span<const std::byte> data) {
    if (fits<std::uint8_t>(data.size())) {
        put(0xc4, static_cast<std::uint8_t>(data.size()));
    } else {
        put_length(0xc5, data.size());
    }
    bytes(data.data(), data.size());
}

void msgpack_writer::begin_array(std::size_t count) {
    count < 16 ? put_byte(0x90u | static_cast<unsigned>(count)) : put_length(0xdc, count);
}

void msgpack_writer::begin_object(std::size_t count) {
    count < 16 ? put_byte(0x80u | static_cast<unsigned>(count)) : put_length(0xde, count);
}

}  // namespace kedge
