#include <doctest/doctest.h>

#include <stdexcept>
#include <string>

#include <kedge/cluster/redis/redis_url.hpp>

namespace redis_url_test {

using kedge::cluster::parse_redis_url;

TEST_CASE("the URL of a Redis server says where it is and who asks") {
    const auto plain = parse_redis_url("redis://cache.example");
    CHECK(plain.host == "cache.example");
    CHECK(plain.port == 6379);
    CHECK_FALSE(plain.secure);
    CHECK(plain.user.empty());
    CHECK(plain.database == 0);

    const auto full = parse_redis_url("rediss://fleet:p%40ss%2Fw:ord@10.0.0.7:6380/3");
    CHECK(full.secure);
    CHECK(full.user == "fleet");
    CHECK(full.password == "p@ss/w:ord");
    CHECK(full.host == "10.0.0.7");
    CHECK(full.port == 6380);
    CHECK(full.database == 3);
}

TEST_CASE("a password may come without a user, a host in brackets, and nothing at all") {
    const auto secret = parse_redis_url("redis://:secret@[::1]:7000");
    CHECK(secret.user.empty());
    CHECK(secret.password == "secret");
    CHECK(secret.host == "::1");
    CHECK(secret.port == 7000);
    CHECK(parse_redis_url("redis://").host == "localhost");
    CHECK(parse_redis_url("redis://[fe80::1]/").port == 6379);
    CHECK(parse_redis_url("redis://h?db=9").database == 9);
}

TEST_CASE("UNIX sockets") {
    const auto plain = parse_redis_url("unix:///run/redis/redis.sock");
    CHECK(plain.path == "/run/redis/redis.sock");
    CHECK(plain.host.empty());
    const auto full = parse_redis_url("redis+unix://me:x@/tmp/a%20b.sock?db=2");
    CHECK(full.path == "/tmp/a b.sock");
    CHECK(full.user == "me");
    CHECK(full.database == 2);
}

TEST_CASE("what is no URL of Redis is refused, without showing the password") {
    for (const char* wrong : {"", "localhost:6379", "http://h", "redis://h:0", "redis://h:99999",
                              "redis://h:x", "redis://h/x", "redis://[::1", "redis://[::1]x",
                              "redis://a:%2@h", "redis://h?x=1", "unix://relative", "redis://h/1/2"}) {
        CAPTURE(wrong);
        CHECK_THROWS_AS(parse_redis_url(wrong), std::invalid_argument);
    }
    try {
        parse_redis_url("redis://u:hush@h:x");
        FAIL("it was taken");
    } catch (const std::invalid_argument& error) {
        CHECK(std::string(error.what()).find("hush") == std::string::npos);
    }
}

}  // namespace redis_url_test
