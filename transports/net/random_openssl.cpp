#include <kedge/transports/net/random_openssl.hpp>

#include <algorithm>
#include <climits>
#include <stdexcept>

#include <openssl/rand.h>

namespace kedge::transports {

void random_openssl::fill(std::span<std::byte> bytes) {
    while (!bytes.empty()) {
        const std::size_t size = std::min<std::size_t>(bytes.size(), INT_MAX);
        if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(size)) != 1)
            throw std::runtime_error("OpenSSL has no random bytes: is the system's generator available?");
        bytes = bytes.subspan(size);
    }
}

}  // namespace kedge::transports
