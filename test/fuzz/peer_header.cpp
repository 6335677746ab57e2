#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include <kedge/transports/net/peer_header.hpp>

using namespace kedge::transports;

namespace {

constexpr std::string_view secret = "what only the nodes of this fleet know";

/// What is written of whatever claim is read as the same.
void there_and_back(std::string_view bytes) {
    if (bytes.size() < 48) return;
    peer_claim claim;
    std::memcpy(claim.nonce.data(), bytes.data(), claim.nonce.size());
    std::memcpy(&claim.time, bytes.data() + 16, sizeof claim.time);
    std::memcpy(&claim.count, bytes.data() + 24, sizeof claim.count);
    claim.from.proxies = static_cast<unsigned char>(bytes[32]);
    claim.hop = static_cast<unsigned char>(bytes[33]);
    claim.from.secure = (bytes[34] & 1) != 0;
    claim.from.address = bytes.substr(48, 40);
    claim.sid.assign(bytes.substr(28, 20));
    std::string written;
    append_peer_header(written, claim, secret);
    const peer_header read = read_peer_header(written, secret);
    if (read.status != peer_header::verdict::complete || read.size != written.size()) std::abort();
    if (read.claim.sid != claim.sid || read.claim.nonce != claim.nonce || read.claim.time != claim.time ||
        read.claim.count != claim.count || read.claim.hop != claim.hop)
        std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const peer_header header = read_peer_header(bytes, secret);
    if (header.status == peer_header::verdict::complete && header.size > size) std::abort();
    if (header.status == peer_header::verdict::incomplete && size > 536) std::abort();
    there_and_back(bytes);
    return 0;
}
