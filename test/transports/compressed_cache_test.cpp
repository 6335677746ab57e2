#include <doctest/doctest.h>

#include <transports/compressed_cache.hpp>

using kedge::transports::compressed_cache;

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
    CHECK(cache.find_or_make("a", maker(made, 100))->size() == 100);
    CHECK(cache.find_or_make("a", maker(made, 100))->size() == 100);
    CHECK(made == 1);
}

TEST_CASE("the oldest goes when the space is used up") {
    compressed_cache cache(1000);
    int made = 0;
    for (const char* key : {"a", "b", "c", "d", "e"}) cache.find_or_make(key, maker(made, 240));
    CHECK(made == 5);
    cache.find_or_make("e", maker(made, 240));
    CHECK(made == 5);
    cache.find_or_make("a", maker(made, 240));
    CHECK(made == 6);
}

TEST_CASE("what is large, or could not be made, is not kept") {
    compressed_cache cache(1000);
    int made = 0;
    cache.find_or_make("large", maker(made, 500));
    cache.find_or_make("large", maker(made, 500));
    CHECK(made == 2);
    CHECK(cache.find_or_make("none", [] { return compressed_cache::bytes(); }) == nullptr);
}
