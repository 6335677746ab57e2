#pragma once

#include <span>
#include <string>
#include <string_view>

#include <kedge/socketio/value/writer.hpp>

namespace kedge {

/// Writes MessagePack as the reference's packer writes what JavaScript holds: the shortest form of integers,
/// be they spelt as integers or as doubles; all else as float64. What is not UTF-8 becomes U+FFFD, since
/// browsers take a byte that cannot be for the end of the connection.
class msgpack_writer final : public writer {
  public:
    /// Appends to `out`.
    explicit msgpack_writer(std::string& out) : out_(out) {}

    void null() override { put_byte(0xc0); }
    void boolean(bool value) override { put_byte(value ? 0xc3 : 0xc2); }
    void integer(std::int64_t value) override;
    void unsigned_integer(std::uint64_t value) override;
    void number(double value) override;
    void string(std::string_view text) override;
    void binary(std::span<const std::byte> bytes) override;
    void begin_array(std::size_t count) override;
    void end_array() override {}
    void begin_object(std::size_t count) override;
    void key(std::string_view name) override { string(name); }
    void end_object() override {}
    bool verbatim(encoding form, std::string_view bytes) override {
        if (form != encoding::msgpack) return false;
        out_ += bytes;
        return true;
    }

  private:
    void put_byte(unsigned byte) { out_ += static_cast<char>(byte); }
    template <class Unsigned>
    void put(unsigned code, Unsigned value);
    void put_text(std::string_view text);
    void put_length(unsigned code16, std::size_t length);
    void bytes(const void* data, std::size_t size) { out_.append(static_cast<const char*>(data), size); }

    std::string& out_;
};

}  // namespace kedge
