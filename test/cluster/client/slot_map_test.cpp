#include <doctest/doctest.h>

#include <string>
#include <vector>

#include <kedge/cluster/client/node_counts.hpp>
#include <kedge/cluster/client/slot_map.hpp>
#include <kedge/cluster/redis/resp_reader.hpp>
#include <kedge/cluster/redis/resp_writer.hpp>

namespace slot_map_test {

using namespace kedge::cluster;

namespace {

std::optional<slot_map> read(const std::string& bytes, std::string_view asked = "10.0.0.9") {
    std::optional<slot_map> made;
    resp_reader reader;
    CHECK(reader.feed(bytes, [&](resp_value reply) {
        made = slot_map::read(reply, asked);
        return true;
    }));
    return made;
}

std::string shown(const node_address* where) {
    return where ? where->host + ":" + std::to_string(where->port) : "nobody";
}

constexpr command_route::kind to_slot = command_route::kind::to_slot;

}  // namespace

TEST_CASE("the slot of a key is Redis' own; what stands in its first braces counts alone") {
    CHECK(slot_of("123456789") == 0x31C3);  // what the CRC is known by
    CHECK(slot_of("a") == 15495);
    CHECK(slot_of("socket.io") == slot_of("{socket.io}:x"));
    CHECK(slot_of("x{a}y{b}") == slot_of("a"));
    CHECK(slot_of("{}a") != slot_of("a"));
    CHECK(slot_of("{a") != slot_of("a"));
    CHECK(slot_of("{{a}}") == slot_of("{a"));
    CHECK(slot_of("") == 0);
}

TEST_CASE("a command tells where it goes") {
    for (const char* verb :
         {"XADD", "SPUBLISH", "GET", "SET", "DEL", "MGET", "PEXPIRE", "XRANGE", "XREVRANGE"}) {
        const auto route = route_of(make_command({verb, "a", "x"}));
        CHECK(route.where == to_slot);
        CHECK(route.slot == 15495);
    }
    CHECK(route_of(make_command({"SET", "two\r\nlines", "x"})).slot == slot_of("two\r\nlines"));
    CHECK(route_of(make_command({"PUBLISH", "a", "x"})).where == command_route::kind::anywhere);
    CHECK(route_of(make_command({"PUBSUB", "NUMSUB", "a"})).where == command_route::kind::everywhere);
    CHECK(route_of(make_command({"MULTI"})).where == command_route::kind::begins);
    CHECK(route_of(make_command({"EXEC"})).where == command_route::kind::ends);
    CHECK(route_of("").where == command_route::kind::anywhere);
}

TEST_CASE("the slots of a cluster, masters and replicas; a host that is not told is the one that was asked") {
    const auto map = read(
        "*3\r\n*4\r\n:0\r\n:99\r\n*3\r\n$8\r\n10.0.0.1\r\n:7001\r\n+id\r\n*3\r\n$8\r\n10.0.0.2\r\n:7002\r\n+"
        "id\r\n"
        "*3\r\n:100\r\n:16383\r\n*3\r\n_\r\n:7003\r\n+id\r\n"
        "*3\r\n:5\r\n:5\r\n*3\r\n+?\r\n:7004\r\n+id\r\n");
    REQUIRE(map);
    CHECK(shown(map->owner(0)) == "10.0.0.1:7001");
    CHECK(shown(map->owner(99)) == "10.0.0.1:7001");
    CHECK(shown(map->owner(16383)) == "10.0.0.9:7003");
    CHECK(shown(map->owner(16384)) == "nobody");
    CHECK(map->masters() == std::vector<node_address>{{"10.0.0.1", 7001}, {"10.0.0.9", 7003}});
    CHECK(map->nodes().size() == 3);
    CHECK(map->knows({"10.0.0.2", 7002}));
    auto other = *map;
    other.set_owner(3, {"10.0.0.2", 7002});
    CHECK(shown(other.owner(3)) == "10.0.0.2:7002");
    CHECK(other.masters().size() == 3);
    CHECK(other != *map);
}

TEST_CASE("what is no map of slots is none") {
    for (const char* wrong :
         {"*0\r\n", "-ERR This instance has cluster support disabled\r\n", "_\r\n", "*1\r\n*1\r\n:0\r\n",
          "*1\r\n*3\r\n:0\r\n:16384\r\n*2\r\n+h\r\n:1\r\n", "*1\r\n*3\r\n:9\r\n:5\r\n*2\r\n+h\r\n:1\r\n",
          "*1\r\n*3\r\n:-1\r\n:5\r\n*2\r\n+h\r\n:1\r\n", "*1\r\n*3\r\n:0\r\n:5\r\n*2\r\n+h\r\n:65536\r\n",
          "*1\r\n*3\r\n:0\r\n:5\r\n*2\r\n+?\r\n:1\r\n"})
        CHECK_FALSE(read(wrong));
    CHECK_FALSE(read("*1\r\n*3\r\n:0\r\n:5\r\n*2\r\n+\r\n:1\r\n", ""));
}

TEST_CASE("MOVED and ASK name a slot and a node") {
    const auto moved = read_redirection("MOVED 3999 127.0.0.1:6381");
    REQUIRE(moved);
    CHECK(moved->for_good);
    CHECK(moved->slot == 3999);
    CHECK(moved->to == node_address{"127.0.0.1", 6381});
    CHECK(read_redirection("ASK 0 ::1:6381")->to == node_address{"::1", 6381});
    CHECK_FALSE(read_redirection("ASK 0 ::1:6381")->for_good);
    CHECK(read_redirection("MOVED 1 :6381")->to.host.empty());
    for (const char* wrong :
         {"", "MOVED", "MOVED ", "MOVED 1", "MOVED x h:1", "MOVED 16384 h:1", "MOVED 1 h",
          "MOVED 1 h:", "MOVED 1 h:0", "MOVED 1 h:65536", "ERR MOVED 1 h:1", "ASKING 1 h:1"})
        CHECK_FALSE(read_redirection(wrong));
}

TEST_CASE("what nodes count is added; who cannot answer counts as nothing, unless nobody can") {
    std::string told;
    const auto tell = [&](resp_value reply) {
        told = reply.is_error() ? "!" + std::string(reply.text()) : std::string();
        for (const auto each : reply)
            told += each.is_text() ? std::string(each.text()) : "=" + std::to_string(each.integer()) + " ";
    };
    const auto feed = [](node_counts& to, const std::string& bytes) {
        resp_reader().feed(bytes, [&](resp_value reply) { return to.add(reply), true; });
    };
    node_counts sum(3, tell);
    feed(sum, "*4\r\n+a\r\n:1\r\n+b\r\n:0\r\n");
    feed(sum, "-gone\r\n");
    CHECK(told.empty());
    feed(sum, "*4\r\n+a\r\n:2\r\n+b\r\n:1\r\n");
    CHECK(told == "a=3 b=1 ");
    node_counts none(2, tell);
    feed(none, "-NOPERM\r\n");
    feed(none, "-NOPERM\r\n");
    CHECK(told == "!NOPERM");
}

}  // namespace slot_map_test
