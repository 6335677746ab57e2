#include <kedge/transports/net/proxy_protocol.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include <kedge/transports/net/trust_proxy.hpp>

namespace kedge::transports {
namespace {

using verdict = proxy_header::verdict;

constexpr std::string_view v1_signature = "PROXY ";
constexpr std::string_view v2_signature{"\r\n\r\n\0\r\nQUIT\n", 12};
constexpr std::size_t v1_longest = 107;  // CRLF included
constexpr std::size_t v2_head = 16;
constexpr std::size_t v2_longest = 520;  // addresses of UNIX sockets and a usual set of TLVs
constexpr unsigned char tlv_ssl = 0x20;
constexpr unsigned char ssl_client_bit = 0x01;

proxy_header malformed() {
    proxy_header result;
    result.status = verdict::malformed;
    return result;
}

std::uint16_t big_endian(std::string_view bytes, std::size_t at) {
    const auto byte = [&](std::size_t i) {
        return static_cast<unsigned>(static_cast<unsigned char>(bytes[i]));
    };
    return static_cast<std::uint16_t>(byte(at) << 8 | byte(at + 1));
}

std::optional<std::uint16_t> port_number(std::string_view text) {
    std::uint16_t port = 0;
    const bool digits = !text.empty() && text.front() >= '0' && text.front() <= '9';
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (!digits || failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return port;
}

// "TCP4 <source> <destination> <source port> <destination port>": exactly one space between, no others.
bool split_fields(std::string_view line, std::array<std::string_view, 5>& fields) {
    for (std::size_t i = 0; i < fields.size(); ++i) {
        const auto space = line.find(' ');
        if ((space == line.npos) != (i + 1 == fields.size())) return false;
        fields[i] = line.substr(0, space);
        if (space != line.npos) line.remove_prefix(space + 1);
    }
    return true;
}

proxy_header read_v1(std::string_view bytes) {
    const auto end = bytes.substr(0, v1_longest).find("\r\n");
    if (end == bytes.npos) return bytes.size() >= v1_longest ? malformed() : proxy_header{};
    proxy_header result;
    result.status = verdict::complete;
    result.size = end + 2;
    const auto line = bytes.substr(v1_signature.size(), end - v1_signature.size());
    if (line == "UNKNOWN" || line.starts_with("UNKNOWN ")) return result;
    std::array<std::string_view, 5> fields;
    if (!split_fields(line, fields) || (fields[0] != "TCP4" && fields[0] != "TCP6")) return malformed();
    const auto source = ip_address::parse(fields[1]);
    const auto port = port_number(fields[3]);
    const bool family_agrees = (fields[1].find(':') == fields[1].npos) == (fields[0] == "TCP4");
    if (!source || !family_agrees || !ip_address::parse(fields[2]) || !port || !port_number(fields[4]))
        return malformed();
    result.address = source->text();
    result.port = *port;
    return result;
}

// The type-length-value items behind the addresses; false when they do not fit their space.
bool read_items(std::string_view items, proxy_header& result) {
    while (!items.empty()) {
        if (items.size() < 3) return false;
        const std::size_t length = big_endian(items, 1);
        if (items.size() < 3 + length) return false;
        if (static_cast<unsigned char>(items[0]) == tlv_ssl && length >= 1)
            result.secure = (static_cast<unsigned char>(items[3]) & ssl_client_bit) != 0;
        items.remove_prefix(3 + length);
    }
    return true;
}

// Source address, destination address, source port, destination port, of `width` bytes per address.
bool read_addresses(std::string_view body, std::size_t width, proxy_header& result) {
    if (body.size() < 2 * width + 4) return false;
    ip_address source;
    if (width == 4) source.bytes = ip_address::parse("0.0.0.0")->bytes;
    std::memcpy(source.bytes.data() + source.bytes.size() - width, body.data(), width);
    result.address = source.text();
    result.port = big_endian(body, 2 * width);
    return read_items(body.substr(2 * width + 4), result);
}

proxy_header read_v2(std::string_view bytes) {
    if (bytes.size() < v2_head) return {};
    const auto version_command = static_cast<unsigned char>(bytes[12]);
    const auto family = static_cast<unsigned char>(bytes[13]) >> 4;
    const std::size_t length = big_endian(bytes, 14);
    const bool local = version_command == 0x20;
    if ((!local && version_command != 0x21) || length > v2_longest) return malformed();
    if (bytes.size() < v2_head + length) return {};
    proxy_header result;
    result.status = verdict::complete;
    result.size = v2_head + length;
    const auto body = bytes.substr(v2_head, length);
    if (local || family == 0 || family == 3)
        return result;  // the proxy itself, unspecified, or a UNIX client
    if (family > 3 || !read_addresses(body, family == 1 ? 4 : 16, result)) return malformed();
    return result;
}

bool begins(std::string_view bytes, std::string_view signature) {
    const auto common = std::min(bytes.size(), signature.size());
    return bytes.substr(0, common) == signature.substr(0, common);
}

}  // namespace

proxy_header read_proxy_header(std::string_view bytes) {
    if (bytes.size() >= v2_signature.size() && begins(bytes, v2_signature)) return read_v2(bytes);
    if (bytes.size() >= v1_signature.size() && begins(bytes, v1_signature)) return read_v1(bytes);
    proxy_header result;
    if (!begins(bytes, v1_signature) && !begins(bytes, v2_signature)) result.status = verdict::absent;
    return result;
}

}  // namespace kedge::transports
