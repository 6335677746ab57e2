#include <doctest/doctest.h>

#include <array>
#include <memory>
#include <string>

#include <kedge/transports/net/rope.hpp>

namespace rope_test {

using kedge::engine::buffered_bytes;
using kedge::engine::content_kind;
using kedge::engine::message;
using kedge::transports::buffer_pool;
using kedge::transports::rope;

namespace {

std::string gathered(const rope& from) {
    std::array<iovec, 16> pieces;
    std::string all;
    for (std::size_t i = 0, n = from.gather(pieces); i < n; ++i)
        all.append(static_cast<const char*>(pieces[i].iov_base), pieces[i].iov_len);
    return all;
}

}  // namespace

TEST_CASE("a rope keeps the order of copied and shared bytes, however they are consumed") {
    const auto shared = message::make(content_kind::text, "<shared>");
    for (std::size_t step = 1; step <= 30; ++step) {
        rope out;
        out.text() += "one";
        out.share(shared->data(), shared);
        out.share(shared->data(), shared);
        out.text() += "two";
        out.share(shared->data(), shared);
        std::string expected = "one<shared><shared>two<shared>";
        CHECK(out.size() == expected.size());
        while (!expected.empty()) {
            const std::size_t part = std::min(step, expected.size());
            std::array<char, 7> scratch;
            const auto front = out.front(scratch);
            REQUIRE(!front.empty());
            REQUIRE(expected.substr(0, front.size()) == front);
            REQUIRE(gathered(out) == expected);
            REQUIRE(out.flatten() == expected);
            out.consume(part);
            expected.erase(0, part);
        }
        CHECK(out.empty());
    }
    CHECK(shared.use_count() == 1);
}

TEST_CASE("appending to a rope that never drains does not keep what was sent") {
    rope out;
    const auto shared = message::make(content_kind::text, std::string(5000, 's'));
    std::size_t waiting = 0;
    for (int i = 0; i < 4000; ++i) {
        out.text() += std::string(1000, static_cast<char>('a' + i % 26));
        out.share(shared->data(), shared);
        waiting += 6000;
        if (waiting > 20000) {
            out.consume(9000);
            waiting -= 9000;
        }
        REQUIRE(out.size() == waiting);
    }
    out.consume(waiting - 10);
    CHECK(out.flatten() == std::string(10, 's'));
    CHECK(out.text().capacity() < 1'000'000);
}

TEST_CASE("pooled buffers come back empty and of modest size") {
    buffer_pool pool;
    auto taken = pool.take();
    taken->out.text() = std::string(1 << 20, 'x');
    taken->unread = "abc";
    auto* const address = taken.get();
    pool.give_back(std::move(taken));
    taken = pool.take();
    CHECK(taken.get() == address);
    CHECK(taken->empty());
    CHECK(taken->out.text().capacity() < 100'000);
}

TEST_CASE("what waits is counted as it lies in memory: what is shared once, for all ropes") {
    const std::size_t before = buffered_bytes::total();
    {
        const auto shared = message::make(content_kind::text, std::string(100'000, 's'));
        std::array<rope, 50> slow;
        for (auto& each : slow) each.share(shared->data(), shared);
        for (auto& each : slow) each.count_as_waiting();
        const std::size_t waiting = buffered_bytes::total() - before;
        CHECK(waiting >= 100'000);
        CHECK(waiting < 250'000);
        slow[0].consume(slow[0].size());
        const rope moved = std::move(slow[1]);
        CHECK(buffered_bytes::total() - before <= waiting);
    }
    CHECK(buffered_bytes::total() == before);
    rope own;
    own.text() += std::string(1'000'000, 'x');
    own.count_as_waiting();
    CHECK(buffered_bytes::total() - before >= 1'000'000);
    own.consume(1'000'000);
    CHECK(buffered_bytes::total() == before);
}

}  // namespace rope_test
