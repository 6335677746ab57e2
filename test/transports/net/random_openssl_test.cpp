#include <doctest/doctest.h>

#include <array>
#include <set>

#include <kedge/transports/net/random_openssl.hpp>

namespace random_openssl_test {

TEST_CASE("random_openssl: fills all bytes, differently each time") {
    kedge::transports::random_openssl random;
    std::set<std::array<std::byte, 16>> seen;
    for (int i = 0; i < 100; ++i) {
        std::array<std::byte, 16> bytes{};
        random.fill(bytes);
        seen.insert(bytes);
    }
    CHECK(seen.size() == 100);
    random.fill({});
}

}  // namespace random_openssl_test
