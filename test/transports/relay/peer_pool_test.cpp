#include <kedge/transports/relay/peer_pool.hpp>

#include <doctest/doctest.h>

#include <utility>

#include <test/transports/loopback.hpp>

namespace peer_pool_test {

using namespace kedge;
using namespace kedge::test;
using transports::peer_connection;
using transports::peer_pool;

namespace {

/// Owns what is taken out of the pool.
struct user final : transports::stream_owner {
    void on_bytes(std::span<char>) override {}
    void on_end() override {}
    void on_fault() noexcept override {}
};

struct table {
    /// A connection, and its other end.
    peer_connection connect(peer& other) {
        int ends[2];
        REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
        other = peer(ends[1]);
        return {transports::make_stream(at.worker, transports::adopt(ends[0]), who), {}, ++made, ends[0]};
    }

    hand_turned at;
    user who;
    std::uint64_t made = 0;
    peer_pool pool{at.worker};
};

}  // namespace

TEST_CASE("the connection that was used last is used first, for the node that it leads to") {
    table t;
    peer one, two, three;
    t.pool.give_back(1, t.connect(one));
    t.pool.give_back(1, t.connect(two));
    t.pool.give_back(2, t.connect(three));
    CHECK(t.pool.take(1).count == 2);
    CHECK(t.pool.take(1).count == 1);
    CHECK_FALSE(t.pool.take(1).stream);
    CHECK_FALSE(t.pool.take(7).stream);
    CHECK(t.pool.idle(2) == 1);
}

TEST_CASE("a connection that the other node closes, or on which it speaks unasked, is not used again") {
    table t;
    peer closed, loud, quiet;
    t.pool.give_back(1, t.connect(quiet));
    t.pool.give_back(1, t.connect(closed));
    t.pool.give_back(1, t.connect(loud));
    closed.close();
    loud.send("hello");
    CHECK(t.at.until([&] { return t.pool.idle(1) == 1; }));
    CHECK(t.pool.take(1).count == 1);
}

TEST_CASE("no more than some are kept, and those of a node that has gone are ended") {
    table t;
    std::vector<peer> others(peer_pool::most_idle + 3);
    for (auto& each : others) t.pool.give_back(5, t.connect(each));
    CHECK(t.pool.idle(5) == peer_pool::most_idle);
    t.pool.drop(5);
    CHECK(t.pool.idle(5) == 0);
    t.at.settle();
    for (auto& each : others) CHECK(each.read().ended());
}

}  // namespace peer_pool_test
