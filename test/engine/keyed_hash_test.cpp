#include <kedge/engine/keyed_hash.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace keyed_hash_test {

using namespace kedge::engine;

TEST_CASE("keyed_hash: SipHash-1-3, as other implementations have it") {
    std::string text;
    for (char each = 1; each < 64; ++each) text.push_back(each);
    const std::string_view all = text;
    CHECK(siphash({}, all.substr(0, 1)) == 0x44bc103b1f8540edu);
    CHECK(siphash({}, all.substr(0, 5)) == 0xde682ee70fbebc3fu);
    CHECK(siphash({}, all.substr(0, 7)) == 0xb1cd85cc334196fau);
    CHECK(siphash({}, all.substr(0, 8)) == 0x884ccc87cb0e5fb0u);
    CHECK(siphash({}, all.substr(0, 9)) == 0x27ed508fe95acb3u);
    CHECK(siphash({}, all.substr(0, 15)) == 0x75e46d4257851550u);
    CHECK(siphash({}, all.substr(0, 20)) == 0xf081b1d300f45ee2u);
    CHECK(siphash({}, all.substr(0, 63)) == 0x6bafe9f92616651bu);
}

TEST_CASE("keyed_hash: every byte, the length and the secret count") {
    keyed_set<std::string> seen;
    for (std::size_t size = 0; size < 40; ++size) {
        const std::string zeros(size, '\0');
        std::vector<std::uint64_t> hashes{siphash({1, 2}, zeros), siphash({1, 3}, zeros),
                                          siphash({2, 2}, zeros)};
        for (std::size_t at = 0; at < size; ++at) {
            std::string other = zeros;
            other[at] = 1;
            hashes.push_back(siphash({1, 2}, other));
        }
        for (const auto each : hashes) CHECK(seen.insert(std::to_string(each)).second);
    }
}

TEST_CASE("keyed_hash: a text that was hashed before finds the same") {
    keyed_map<std::string, int> ages{{"ann", 7}};
    CHECK(ages.find(std::string_view("ann")) != ages.end());
    CHECK(ages.find(hashed_text("ann")) != ages.end());
    CHECK(ages.find(hashed_text("bob")) == ages.end());
    CHECK(hashed_text("ann").hash() == keyed_hash{}("ann"));
}

}  // namespace keyed_hash_test
