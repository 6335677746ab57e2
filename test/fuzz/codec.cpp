// The default parser: bytes in, messages of either kind in any order; what it decodes must encode and decode
// again to the same.

#include <kedge/socketio/wire/codec.hpp>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include <kedge/socketio/value/value.hpp>

namespace {

using kedge::decoded;

/// The messages of an input: each begins with a byte that tells its kind and ends at the next byte 0xff.
class messages {
  public:
    explicit messages(std::string_view from) : left_(from) {}
    bool next(std::vector<char>& bytes, bool& binary) {
        if (left_.empty()) return false;
        const auto end = left_.find('\xff');
        const auto message = left_.substr(0, end);
        left_ = end == std::string_view::npos ? std::string_view() : left_.substr(end + 1);
        binary = !message.empty() && message.front() == 'b';
        bytes.assign(message.begin() + (binary ? 1 : 0), message.end());
        bytes.push_back('#');
        return true;
    }

  private:
    std::string_view left_;
};

decoded decode(kedge::decoder& with, std::vector<char>& bytes, bool binary) {
    const std::span<char> message(bytes.data(), bytes.size() - 1);
    auto made = binary ? with.decode_binary(message) : with.decode_text(message);
    if (bytes.back() != '#') std::abort();
    return made;
}

/// The engine lets only UTF-8 through; here what is not may come in, and comes out as U+FFFD.
bool is_ascii(std::string_view text) {
    for (const char c : text) {
        if (static_cast<unsigned char>(c) > 0x7f) return false;
    }
    return true;
}

/// Encodes a packet and decodes what came of it.
void check_round_trip(const kedge::parser& parser, const kedge::packet& packet) {
    const auto write = [&](kedge::writer& to) { packet.data.write(to); };
    const auto data = packet.data.exists() ? kedge::function_ref<void(kedge::writer&)>(write) : nullptr;
    const auto encoded = parser.encode({packet.type, packet.nsp, packet.id}, data);
    const auto decoder = parser.make_decoder();
    std::vector<char> bytes(encoded.head().begin(), encoded.head().end());
    bytes.push_back('#');
    auto back = decode(*decoder, bytes, false);
    std::vector<std::vector<char>> kept;
    for (const auto& each : encoded.attachments()) {
        auto& binary = kept.emplace_back(each.size() + 1);
        for (std::size_t at = 0; at < each.size(); ++at) binary[at] = static_cast<char>(each[at]);
        binary.back() = '#';
        if (!back.failed()) back = decode(*decoder, binary, true);
    }
    // A name beyond double is Infinity, which JSON writes as null.
    const bool infinite = packet.data.as_array().front().as_number() > 1e308;
    if (back.failed() && packet.type == kedge::packet_type::event && infinite) return;
    // More attachments than are allowed come of placeholders that named the same one several times.
    if (back.failed() && encoded.attachments().size() > 10) return;
    if (!back.packet() || back.packet()->nsp != packet.nsp || back.packet()->id != packet.id) std::abort();
    if (back.packet()->data.exists() != packet.data.exists()) std::abort();
    if (is_ascii(packet.event) && back.packet()->event != packet.event) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const auto parser = kedge::json_parser();
    const auto decoder = parser->make_decoder();
    messages input({reinterpret_cast<const char*>(data), size});
    std::vector<char> bytes;
    bool binary = false;
    while (input.next(bytes, binary)) {
        const auto made = decode(*decoder, bytes, binary);
        if (made.failed()) break;
        if (!made.packet()) continue;
        const kedge::value copy(made.packet()->data);
        if (!(kedge::value(copy) == copy)) std::abort();
        check_round_trip(*parser, *made.packet());
    }
    return 0;
}
