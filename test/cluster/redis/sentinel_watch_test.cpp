#include <doctest/doctest.h>

#include <string>
#include <vector>

#include <kedge/cluster/redis/resp_writer.hpp>
#include <kedge/cluster/redis/sentinel_watch.hpp>

#include <test/cluster/redis/scripted_wire.hpp>
#include <test/engine/fake_loop.hpp>

namespace sentinel_watch_test {

using namespace kedge::cluster;
using namespace std::chrono_literals;

namespace {

std::string address(const std::string& host, const std::string& port) {
    return make_command({host, port});  // a command is a list of texts, as the answer is
}

struct bench {
    bench() {
        watch.use(it);
        it.start();
        connect();
    }
    void connect() {
        it.on_connected();
        net.take();
        it.on_bytes("%0\r\n");
        net.take();
        it.on_bytes("+PONG\r\n");
    }

    kedge::testing::fake_loop loop;
    kedge::testing::scripted_wire net;
    kedge::testing::fixed_random chance;
    std::vector<std::string> masters;
    std::vector<std::string> troubles;
    sentinel_watch watch{
        loop,
        "mymaster",
        {.on_master =
             [this](const kedge::transports::dial_address& to) {
                 masters.push_back(to.host + " " + std::to_string(to.port));
             },
         .on_trouble = [this](std::string_view what, std::string_view) { troubles.emplace_back(what); }}};
    redis_link it{loop, net, chance, {}, watch};
    const std::string question = make_command({"SENTINEL", "GET-MASTER-ADDR-BY-NAME", "mymaster"});
};

}  // namespace

TEST_CASE("a sentinel is asked who is the master, each second; who asks is told of another once") {
    bench b;
    CHECK(b.net.take() == b.question);
    b.it.on_bytes(address("10.0.0.1", "6379"));
    CHECK(b.masters == std::vector<std::string>{"10.0.0.1 6379"});
    b.loop.advance(999ms);
    CHECK(b.net.take().empty());
    b.loop.advance(1ms);
    CHECK(b.net.take() == b.question);
    b.it.on_bytes(address("10.0.0.1", "6379"));
    b.loop.advance(1s);
    b.it.on_bytes(address("10.0.0.2", "6380"));
    CHECK(b.masters == std::vector<std::string>{"10.0.0.1 6379", "10.0.0.2 6380"});
}

TEST_CASE("a sentinel that knows no such master, or says nonsense, is left for the next") {
    bench b;
    int connects = b.net.connects;
    for (const auto& answer :
         {std::string("_\r\n"), std::string("-IDONTKNOW\r\n"), address("10.0.0.1", "no port"),
          address("", "6379"), address("10.0.0.1", "0")}) {
        b.it.on_bytes(answer);
        CHECK_FALSE(b.it.ready());
        b.loop.advance(2s);
        CHECK(b.net.connects == ++connects);
        b.connect();
    }
    CHECK(b.masters.empty());
    CHECK(b.troubles.front() == "a sentinel does not know the master");
}

}  // namespace sentinel_watch_test
