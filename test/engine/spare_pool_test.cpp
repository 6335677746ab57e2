#include <kedge/engine/spare_pool.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace spare_pool_test {

using namespace kedge::engine;

namespace {

struct notebook {
    std::string text;
    void clear() noexcept { text.clear(); }
    std::size_t capacity() const noexcept { return text.capacity(); }
};

}  // namespace

TEST_CASE("spare_pool: what was given back is taken again, empty") {
    spare_pool<notebook> pool(10'000);
    auto taken = pool.take();
    const notebook* const first = taken.get();
    taken->text = "some text";
    pool.give_back(std::move(taken));
    pool.give_back(nullptr);
    taken = pool.take();
    CHECK(taken.get() == first);
    CHECK(taken->text.empty());
    CHECK(pool.take().get() != first);
}

TEST_CASE("spare_pool: holds no more than its limit, however often it is used") {
    spare_pool<notebook> pool(3000);
    const auto made = [] {
        auto book = std::make_unique<notebook>();
        book->text.reserve(900);
        return book;
    };
    for (int round = 0; round < 3; ++round) {
        for (int i = 0; i < 10; ++i) pool.give_back(made());
        std::vector<std::unique_ptr<notebook>> used;
        for (int i = 0; i < 10; ++i) used.push_back(pool.take());
        int spare = 0;
        for (const auto& each : used) spare += each->capacity() >= 900 ? 1 : 0;
        CHECK(spare == 3);
    }
}

}  // namespace spare_pool_test
