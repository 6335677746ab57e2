#include <kedge/transports/net/peer_header.hpp>

#include <algorithm>
#include <cstring>
#include <optional>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <kedge/engine/sid.hpp>
#include <kedge/transports/net/proxy_protocol.hpp>
#include <kedge/transports/net/trust_proxy.hpp>

namespace kedge::transports {
namespace {

using claim_verdict = peer_header::verdict;

constexpr std::string_view v2_beginning{"\r\n\r\n\0\r\nQUIT\n\x21", 13};  // and the command
constexpr std::size_t before_addresses = 16;
constexpr std::string_view ssl_item{"\x20\0\x05\x01\0\0\0\0", 8};
// The item of our own: version, hop, proxies, time, nonce, count, sid, and the signature of all before it.
constexpr std::uint8_t item_type = 0xE4;
constexpr std::uint8_t item_version = 1;
constexpr std::size_t nonce_size = std::tuple_size_v<decltype(peer_claim::nonce)>;
constexpr std::size_t mac_size = 32;
constexpr std::size_t fields_size = 3 + 8 + nonce_size + 8 + engine::sid_size;
constexpr std::size_t item_size = 3 + fields_size + mac_size;

using mac = std::array<unsigned char, mac_size>;

mac sign(std::string_view bytes, std::string_view secret) {
    mac made{};
    unsigned size = mac_size;
    HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
         reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), made.data(), &size);
    return made;
}

void append_big_endian(std::string& to, std::uint64_t number, unsigned bytes) {
    while (bytes-- > 0) to.push_back(static_cast<char>(number >> (8 * bytes)));
}

std::uint64_t take_big_endian(std::string_view& from, unsigned bytes) {
    std::uint64_t number = 0;
    for (const char c : from.substr(0, bytes)) number = number << 8 | static_cast<unsigned char>(c);
    from.remove_prefix(bytes);
    return number;
}

/// Family, length, and the addresses; nobody's destination.
void append_addresses(std::string& to, const engine::origin& from, std::size_t items) {
    const auto source = ip_address::parse(from.address);
    const std::size_t width = !source ? 0 : source->is_v4() ? 4 : 16;
    append_big_endian(to, width == 0 ? 0x00 : width == 4 ? 0x11 : 0x21, 1);
    append_big_endian(to, (width == 0 ? 0 : 2 * width + 4) + items, 2);
    if (!source) return;
    const auto* const bytes = reinterpret_cast<const char*>(source->bytes.data());
    to.append(bytes + source->bytes.size() - width, width).append(width, '\0');
    append_big_endian(to, from.port, 2);
    append_big_endian(to, 0, 2);
}

void take_fields(std::string_view fields, peer_claim& to) {
    to.hop = static_cast<unsigned>(take_big_endian(fields, 1));
    to.from.proxies = static_cast<unsigned>(take_big_endian(fields, 1));
    to.time = take_big_endian(fields, 8);
    std::memcpy(to.nonce.data(), fields.data(), nonce_size);
    fields.remove_prefix(nonce_size);
    to.count = take_big_endian(fields, 8);
    to.sid = fields;
}

peer_header unbelieved(claim_verdict why) {
    peer_header result;
    result.status = why;
    return result;
}

}  // namespace

void append_peer_header(std::string& to, const peer_claim& claim, std::string_view secret) {
    const std::size_t begin = to.size();
    to += v2_beginning;
    // A client without an address, of a UNIX socket, has no place for the item that says TLS.
    const bool secure = claim.from.secure && ip_address::parse(claim.from.address);
    append_addresses(to, claim.from, (secure ? ssl_item.size() : 0) + item_size);
    if (secure) to += ssl_item;
    append_big_endian(to, item_type, 1);
    append_big_endian(to, fields_size + mac_size, 2);
    append_big_endian(to, item_version, 1);
    append_big_endian(to, std::min(claim.hop, 255u), 1);
    append_big_endian(to, std::min(claim.from.proxies, 255u), 1);
    append_big_endian(to, claim.time, 8);
    to.append(reinterpret_cast<const char*>(claim.nonce.data()), nonce_size);
    append_big_endian(to, claim.count, 8);
    std::string sid = claim.sid;
    sid.resize(engine::sid_size);
    to += sid;
    const mac signature = sign(std::string_view(to).substr(begin), secret);
    to.append(reinterpret_cast<const char*>(signature.data()), signature.size());
}

peer_header read_peer_header(std::string_view bytes, std::string_view secret) {
    const proxy_header plain = read_proxy_header(bytes);
    if (plain.status == proxy_header::verdict::incomplete) return {};
    if (plain.status != proxy_header::verdict::complete || plain.size < before_addresses + item_size ||
        !bytes.starts_with(v2_beginning))
        return unbelieved(claim_verdict::malformed);
    const std::string_view whole = bytes.substr(0, plain.size);
    std::string_view item = whole.substr(whole.size() - item_size);
    if (take_big_endian(item, 1) != item_type || take_big_endian(item, 2) != fields_size + mac_size ||
        take_big_endian(item, 1) != item_version)
        return unbelieved(claim_verdict::malformed);
    const mac expected = sign(whole.substr(0, whole.size() - mac_size), secret);
    if (CRYPTO_memcmp(expected.data(), whole.data() + whole.size() - mac_size, mac_size) != 0)
        return unbelieved(claim_verdict::forged);
    peer_header result;
    result.status = claim_verdict::complete;
    result.size = plain.size;
    result.claim.from.address = plain.address.value_or("");
    result.claim.from.port = plain.port;
    result.claim.from.secure = plain.secure;
    take_fields(item.substr(0, item.size() - mac_size), result.claim);
    return result;
}

}  // namespace kedge::transports
