#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <utility>

#include <kedge/transports/pages/compressed_cache.hpp>

namespace compressed_cache_test {

using kedge::transports::compressed_cache;
using namespace std::chrono_literals;

namespace {

auto maker(int& made, std::size_t size) {
    return [&made, size]() -> compressed_cache::bytes {
        ++made;
        return std::make_shared<const std::string>(size, 'x');
    };
}

}  // namespace

TEST_CASE("what was made once is found again") {
    compressed_cache cache(1000);
    int made = 0;
    CHECK(cache.find_or_make("a", 1000, maker(made, 100))->size() == 100);
    CHECK(cache.find_or_make("a", 1000, maker(made, 100))->size() == 100);
    CHECK(made == 1);
}

TEST_CASE("the oldest goes when the space is used up") {
    compressed_cache cache(4000);
    int made = 0;
    for (const char* key : {"a", "b", "c", "d", "e"}) cache.find_or_make(key, 1000, maker(made, 800));
    CHECK(made == 5);
    cache.find_or_make("e", 1000, maker(made, 800));
    CHECK(made == 5);
    cache.find_or_make("a", 1000, maker(made, 800));
    CHECK(made == 6);
}

TEST_CASE("what is too large to be kept, or could not be made, is not made again") {
    compressed_cache cache(1000);
    int made = 0;
    CHECK(cache.find_or_make("large", 1000, maker(made, 500)) == nullptr);
    CHECK(cache.find_or_make("large", 1000, maker(made, 500)) == nullptr);
    CHECK(made == 1);
    const auto none = [&]() -> compressed_cache::bytes {
        ++made;
        return nullptr;
    };
    CHECK(cache.find_or_make("none", 1000, none) == nullptr);
    CHECK(cache.find_or_make("none", 1000, none) == nullptr);
    CHECK(made == 2);
    for (int i = 0; i < 100; ++i) cache.find_or_make(std::to_string(i), 1000, none);
    cache.find_or_make("none", 1000, none);
    CHECK(made == 103);  // what is remembered of them is bounded as well
}

TEST_CASE("only so much is made in a second, whatever clients ask for") {
    constexpr std::size_t mib = 1024 * 1024;
    compressed_cache cache(1);  // keeps nothing
    const compressed_cache::clock::time_point start{1h};
    int made = 0;
    const auto ask = [&](std::size_t size, compressed_cache::clock::duration later) {
        for (int i = 0; i < 100; ++i)
            cache.find_or_make(std::to_string(i), size, maker(made, 0), start + later);
        return std::exchange(made, 0);
    };
    CHECK(ask(mib, 0s) == 4);
    CHECK(ask(1, 999ms) == 0);
    CHECK(ask(mib, 1s) == 4);
    CHECK(ask(64 * mib, 5s) == 1);  // one always, however large
}

}  // namespace compressed_cache_test
