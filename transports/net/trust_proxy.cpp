#include <kedge/transports/net/trust_proxy.hpp>

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <stdexcept>

#include <kedge/transports/syntax/token.hpp>

namespace kedge::transports {
namespace {

constexpr std::array<std::uint8_t, 12> v4_mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr unsigned v4_prefix_offset = 96;

// Proxies write "1.2.3.4", "1.2.3.4:5678", "[2001:db8::1]:443" and "2001:db8::1"; only the address is of
// interest.
std::string_view without_port(std::string_view text) {
    if (!text.empty() && text.front() == '[') {
        const auto end = text.find(']');
        return end == text.npos ? text : text.substr(1, end - 1);
    }
    const auto colon = text.find(':');
    return colon != text.npos && text.find(':', colon + 1) == text.npos ? text.substr(0, colon) : text;
}

// The items of a comma-separated list from last to first: the order in which a chain of proxies is walked
// back.
std::vector<std::string_view> reversed_items(std::string_view list) {
    std::vector<std::string_view> items;
    while (true) {
        const auto comma = list.rfind(',');
        const auto item = trimmed(comma == list.npos ? list : list.substr(comma + 1));
        if (!item.empty()) items.push_back(without_port(item));
        if (comma == list.npos) return items;
        list = list.substr(0, comma);
    }
}

std::vector<std::string> named_networks(std::string_view name) {
    if (name == "loopback") return {"127.0.0.0/8", "::1/128"};
    if (name == "linklocal") return {"169.254.0.0/16", "fe80::/10"};
    if (name == "uniquelocal") return {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"};
    return {};
}

}  // namespace

std::optional<ip_address> ip_address::parse(std::string_view text) {
    const std::string terminated(
        text.substr(0, text.find('%')));  // a zone ("fe80::1%eth0") names no other address
    ip_address result;
    if (inet_pton(AF_INET6, terminated.c_str(), result.bytes.data()) == 1) return result;
    std::copy(v4_mapped.begin(), v4_mapped.end(), result.bytes.begin());
    if (inet_pton(AF_INET, terminated.c_str(), result.bytes.data() + v4_mapped.size()) == 1) return result;
    return std::nullopt;
}

bool ip_address::is_v4() const noexcept {
    return std::equal(v4_mapped.begin(), v4_mapped.end(), bytes.begin());
}

std::string ip_address::text() const {
    char buffer[INET6_ADDRSTRLEN];
    const bool v4 = is_v4();
    return inet_ntop(v4 ? AF_INET : AF_INET6, bytes.data() + (v4 ? v4_mapped.size() : 0), buffer,
                     sizeof buffer);
}

bool trust_proxy::network::contains(const ip_address& address) const noexcept {
    const unsigned whole = prefix_bits / 8;
    if (std::memcmp(base.bytes.data(), address.bytes.data(), whole) != 0) return false;
    const unsigned rest = prefix_bits % 8;
    return rest == 0 || (base.bytes[whole] ^ address.bytes[whole]) >> (8 - rest) == 0;
}

trust_proxy trust_proxy::networks(const std::vector<std::string>& entries) {
    trust_proxy result;
    for (const auto& entry : entries) result.add(entry);
    return result;
}

trust_proxy trust_proxy::hops(std::size_t count) {
    trust_proxy result;
    result.hops_ = count;
    return result;
}

void trust_proxy::add(std::string_view entry) {
    if (entry == "unix") {
        unix_ = true;
        return;
    }
    const auto named = named_networks(entry);
    if (named.empty()) return add_network(entry);
    for (const auto& each : named) add_network(each);
}

void trust_proxy::add_network(std::string_view entry) {
    const auto slash = entry.find('/');
    const auto base = ip_address::parse(entry.substr(0, slash));
    unsigned bits = 128;
    if (base && slash != entry.npos) {
        const auto digits = entry.substr(slash + 1);
        const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
        const bool complete = failure == std::errc{} && end == digits.data() + digits.size();
        if (base->is_v4() && entry.find(':') == entry.npos) bits += v4_prefix_offset;
        if (!complete) bits = 129;
    }
    if (!base || bits > 128)
        throw std::invalid_argument(
            "trust_proxy: \"" + std::string(entry) +
            "\" is not an address, a network (10.0.0.0/8), or one of loopback, linklocal, "
            "uniquelocal, unix");
    networks_.push_back({*base, bits});
}

bool trust_proxy::believes(std::string_view address, std::size_t hop) const {
    if (hops_ > 0) return hop < hops_;
    const auto parsed = ip_address::parse(address);
    if (!parsed) return hop == 0 && unix_ && address.empty();  // a UNIX peer has no address
    return std::any_of(networks_.begin(), networks_.end(),
                       [&](const network& each) { return each.contains(*parsed); });
}

engine::origin trust_proxy::resolve(const engine::origin& peer, const engine::request& head) const {
    engine::origin result = peer;
    if (empty() || !believes(peer.address, peer.proxies)) return result;
    if (const auto protocol = head.header("x-forwarded-proto")) {
        const auto first = trimmed(std::string_view(*protocol).substr(0, protocol->find(',')));
        result.secure = first == "https" || first == "wss";
    }
    const auto chain = head.header("x-forwarded-for");
    if (!chain) return result;
    std::size_t hop = peer.proxies;
    for (const auto item : reversed_items(*chain)) {
        const auto address = ip_address::parse(item);
        if (!address) break;  // not an address: what lies behind it cannot be believed either
        result.address = address->text();
        result.port = 0;
        if (!believes(result.address, ++hop)) break;
    }
    return result;
}

engine::request trust_proxy::unveil(engine::request head, const engine::origin& peer) const {
    if (empty() || !believes(peer.address, peer.proxies)) return head;
    const engine::origin real = resolve(peer, head);
    std::vector<engine::header_field> headers;
    headers.reserve(head.header_count());
    for (std::size_t i = 0; i < head.header_count(); ++i) headers.push_back(head.header_at(i));
    return {head.method(), head.target(), head.minor_version(), headers, real, head.upgrade()};
}

}  // namespace kedge::transports
