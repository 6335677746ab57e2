#include <doctest/doctest.h>

#include <string>

#include <kedge/transports/engineio/answer_packer.hpp>
#include <test/engine/fake_loop.hpp>

namespace answer_packer_test {

using namespace kedge::transports;
using kedge::testing::fake_loop;

namespace {

std::string text(std::size_t size, char first) {
    std::string made(size, first);
    for (std::size_t i = 1; i < size; ++i) made[i] = static_cast<char>('a' + i * i % 19);
    return made;
}

}  // namespace

TEST_CASE("a body that many poll for is compressed once in a turn") {
    fake_loop loop;
    turn_budget budget(256 * 1024);
    answer_packer packer(loop, budget);
    const std::string broadcast = text(900'000, '4');
    loop.turn([&] {
        const std::string first(packer.pack(content_coding::gzip, broadcast, {}, 1));
        CHECK_FALSE(first.empty());
        CHECK(first.size() < broadcast.size() / 2);
        for (int i = 0; i < 100; ++i) CHECK(packer.pack(content_coding::gzip, broadcast, {}, 1) == first);
    });
    CHECK(budget.taken() == broadcast.size());
}

TEST_CASE("no turn compresses more than its budget; what comes behind is sent as it is") {
    fake_loop loop;
    turn_budget budget(256 * 1024);
    answer_packer packer(loop, budget);
    for (std::uint64_t turn = 1; turn <= 3; ++turn) {
        int packed = 0;
        loop.turn([&] {
            for (int i = 0; i < 100; ++i)
                packed +=
                    packer.pack(content_coding::gzip, text(100'000, static_cast<char>('A' + i)), {}, turn)
                            .empty()
                        ? 0
                        : 1;
        });
        CHECK(packed == 3);
        CHECK(budget.taken() == turn * 300'000);
    }
}

TEST_CASE("what would take long to compress in one go is sent as it is") {
    fake_loop loop;
    turn_budget budget(256 * 1024);
    answer_packer packer(loop, budget);
    loop.turn([&] {
        CHECK(packer.pack(content_coding::gzip, text(1024 * 1024 + 1, '4'), {}, 1).empty());
        CHECK_FALSE(packer.pack(content_coding::gzip, text(1024 * 1024, '4'), {}, 1).empty());
    });
    CHECK(budget.taken() == 1024 * 1024);
}

TEST_CASE("each coding has a body of its own, and what was packed is not kept beyond the turn") {
    fake_loop loop;
    turn_budget budget(1 << 20);
    answer_packer packer(loop, budget);
    const std::string body = text(10'000, '4');
    loop.turn([&] {
        const std::string gzip(packer.pack(content_coding::gzip, body, {}, 1));
        CHECK(packer.pack(content_coding::deflate, body, {}, 1) != gzip);
    });
    CHECK(budget.taken() == 20'000);
    loop.turn([&] { packer.pack(content_coding::gzip, body, {}, 2); });
    CHECK(budget.taken() == 30'000);
}

}  // namespace answer_packer_test
