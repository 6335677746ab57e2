#include <kedge/engine/packet_codec.hpp>

#include <kedge/engine/base64.hpp>

namespace kedge::engine {

namespace {

bool is_type_digit(char c) noexcept {
    return c >= '0' && c <= '6';
}

char type_digit(packet_type type) noexcept {
    return static_cast<char>('0' + static_cast<int>(type));
}

/// What follows the letter b: base64 of a message (revision 4), or a type digit and base64 (revision 3).
decoded decode_base64_packet(std::span<char> rest, revision protocol, packet& into) noexcept {
    into = {packet_type::message, content_kind::binary, {}};
    if (protocol == revision::v3) {
        if (rest.empty() || !is_type_digit(rest[0])) return decoded::ignored;
        into.type = static_cast<packet_type>(rest[0] - '0');
        rest = rest.subspan(1);
    }
    into.data = rest.first(decode_base64(rest));
    return decoded::packet;
}

}  // namespace

decoded decode_text(std::span<char> text, revision protocol, packet& into) noexcept {
    if (text.empty()) return decoded::garbage;
    if (text[0] == 'b') return decode_base64_packet(text.subspan(1), protocol, into);
    if (!is_type_digit(text[0])) return decoded::garbage;
    into = {static_cast<packet_type>(text[0] - '0'), content_kind::text, text.subspan(1)};
    return decoded::packet;
}

decoded decode_binary(std::span<char> data, revision protocol, packet& into) noexcept {
    into = {packet_type::message, content_kind::binary, data};
    if (protocol == revision::v4) return decoded::packet;
    if (data.empty() || static_cast<unsigned char>(data[0]) > static_cast<unsigned>(packet_type::noop))
        return decoded::ignored;
    into.type = static_cast<packet_type>(data[0]);
    into.data = data.subspan(1);
    return decoded::packet;
}

content_kind append_packet(std::string& to, const outbound& what, revision protocol, bool base64) {
    if (what.content == content_kind::text) {
        to.push_back(type_digit(what.type));
        to.append(what.data);
        return content_kind::text;
    }
    if (base64) {
        to.push_back('b');
        if (protocol == revision::v3) to.push_back(type_digit(what.type));
        append_base64(to, what.data);
        return content_kind::text;
    }
    if (protocol == revision::v3) to.push_back(static_cast<char>(what.type));
    to.append(what.data);
    return content_kind::binary;
}

}  // namespace kedge::engine
