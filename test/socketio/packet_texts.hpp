#pragma once

#include <kedge/socketio/value/json_writer.hpp>
#include <kedge/socketio/wire/parser.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace kedge {

/// A message as the engine hands it out: in memory that may be written to, with one byte to spare that
/// belongs to somebody else.
class received_bytes {
  public:
    explicit received_bytes(std::string_view from) : bytes_(from.begin(), from.end()) {
        bytes_.push_back('#');
    }
    std::span<char> span() { return {bytes_.data(), bytes_.size() - 1}; }
    char behind() const { return bytes_.back(); }

  private:
    std::vector<char> bytes_;
};

inline std::string json_of(const item& from) {
    std::string text;
    json_writer out(text);
    from.write(out);
    return text;
}

/// A packet in one line, for comparing.
inline std::string line_of(const packet& from) {
    std::string line = std::to_string(static_cast<int>(from.type)) + " " + std::string(from.nsp);
    if (from.id) line += " #" + std::to_string(*from.id);
    if (from.data.exists()) line += " " + json_of(from.data);
    return line;
}

inline std::string line_of(const decoded& from) {
    if (from.failed()) return "error: " + std::string(from.error());
    return from.packet() ? line_of(*from.packet()) : "more";
}

inline std::string hex_of(std::string_view bytes) {
    constexpr char digits[] = "0123456789abcdef";
    std::string text;
    for (const char c : bytes) {
        text += digits[static_cast<unsigned char>(c) >> 4];
        text += digits[static_cast<unsigned char>(c) & 15];
    }
    return text;
}

}  // namespace kedge
