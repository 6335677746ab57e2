#include <kedge/engine/byte_block.hpp>

#include <doctest/doctest.h>

#include <array>

namespace byte_block_test {

using namespace kedge::engine;

TEST_CASE("byte_block: the high bit of each of its bytes is seen, and nothing else") {
    std::array<char, byte_block_size> bytes{};
    CHECK_FALSE(any_high_bit(load_block(bytes.data())));
    bytes.fill('\x7f');
    CHECK_FALSE(any_high_bit(load_block(bytes.data())));
    for (char& each : bytes) {
        each = '\x80';
        CHECK(any_high_bit(load_block(bytes.data())));
        each = '\x7f';
    }
}

TEST_CASE("byte_block: the first byte with a high bit is told, whatever follows") {
    std::array<char, byte_block_size> bytes{};
    CHECK(first_high_bit(load_block(bytes.data())) == byte_block_size);
    for (std::size_t at = byte_block_size; at-- > 0;) {
        bytes[at] = '\x80';
        CHECK(first_high_bit(load_block(bytes.data())) == at);
    }
}

TEST_CASE("byte_block: comparisons of blocks mark the byte that differs, wherever it is") {
    std::array<char, byte_block_size> bytes{};
    bytes.fill('a');
    for (char& each : bytes) {
        each = '"';
        CHECK(any_high_bit(load_block(bytes.data()) == '"'));
        CHECK_FALSE(any_high_bit(load_block(bytes.data()) == '\\'));
        each = 'a';
    }
    std::array<char, byte_block_size> copy{};
    store_block(copy.data(), load_block(bytes.data()));
    CHECK(copy == bytes);
}

}  // namespace byte_block_test
