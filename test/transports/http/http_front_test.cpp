#include <doctest/doctest.h>

#include <atomic>
#include <charconv>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <kedge/transports/http/connection.hpp>
#include <kedge/transports/http/http_front.hpp>
#include <kedge/transports/http/http_share.hpp>
#include <test/transports/server_under_test.hpp>

namespace http_front_test {

using namespace kedge;
using namespace kedge::test;
using transports::connection;
using transports::engine_server;
using transports::http_share;

namespace {

struct front_log {
    std::atomic<int> made{0};
    std::atomic<int> wound_up{0};
    std::atomic<int> destroyed{0};
    std::atomic<bool> deserted{true};
};

/// Answers who it is and on which worker; "/fronts/on/<n>" is served by worker n. Has two sessions, a and b.
class test_front final : public transports::http_front {
  public:
    test_front(http_share& home, std::string name, front_log& log)
        : home_(home), name_(std::move(name)), log_(log) {
        ++log_.made;
    }
    ~test_front() override { ++log_.destroyed; }

    bool serves(const engine::request& asked) const noexcept override {
        return asked.target().starts_with("/fronts/");
    }
    void admit(connection& at) override {
        const std::string_view target = at.request()->target();
        if (target == "/fronts/throw") throw std::runtime_error("thrown");
        const auto brought = at.take_passage();
        if (target.starts_with("/fronts/on/") && !brought) {
            const unsigned to = static_cast<unsigned>(target.back() - '0');
            at.headers().add("X-First", std::to_string(home_.home().index()));
            return at.move_to(
                to, std::make_unique<transports::passage>(transports::passage{
                        "came from " + std::to_string(home_.home().index()), std::move(at.headers())}));
        }
        if (brought) at.headers() = std::move(brought->headers);
        at.answer(200, name_ + " on " + std::to_string(home_.home().index()) +
                           (brought ? ", " + brought->note : std::string()));
    }
    std::vector<std::string> sessions() const override { return {"a", "b"}; }
    void close_session(std::string_view id) override { closed_ += id; }
    void wind_up() override {
        ++log_.wound_up;
        CHECK(closed_.size() == 2);  // at the pace that was asked for, before the end begins
    }
    bool deserted() const noexcept override { return log_.deserted; }

  private:
    http_share& home_;
    std::string name_;
    front_log& log_;
    std::string closed_;
};

auto making(std::string name, front_log& log) {
    return [name = std::move(name), &log](http_share& home) {
        return std::make_unique<test_front>(home, name, log);
    };
}

transports::server_options on_workers(unsigned count, const std::string& path = "/engine.io") {
    transports::server_options options = with_eio3();
    options.threads = count;
    options.path = path;
    return options;
}

}  // namespace

TEST_CASE("a front answers its requests, the engine and the application theirs") {
    front_log log;
    server_under_test on(with_eio3(), [&](engine_server& server) {
        server.add_front(making("mine", log));
        server.on_request([](const transports::exchange& asked) { asked.reply(200, {}, "application"); });
    });
    raw_client client = on.connect();
    CHECK(client.get("/fronts/x").body == "mine on 0");
    CHECK(client.get("/other").body == "application");
    CHECK(client.get("/engine.io/?EIO=4&transport=polling").body.starts_with("0{"));
    CHECK(client.get("/fronts/x").body == "mine on 0");
}

TEST_CASE(
    "fronts are asked in the order in which they were added, and before an engine that takes all paths") {
    front_log log;
    server_under_test on(on_workers(1, "/"), [&](engine_server& server) {
        server.add_front(making("first", log));
        server.add_front(making("second", log));
    });
    raw_client client = on.connect();
    CHECK(client.get("/fronts/x").body == "first on 0");
    CHECK(client.get("/?EIO=4&transport=polling").body.starts_with("0{"));
}

TEST_CASE("what a front throws is reported and answered 500") {
    front_log log;
    std::atomic<int> reported{0};
    transports::server_options options = with_eio3();
    options.on_error = [&](std::exception_ptr) { ++reported; };
    server_under_test on(std::move(options),
                         [&](engine_server& server) { server.add_front(making("mine", log)); });
    CHECK(on.connect().get("/fronts/throw").status == 500);
    CHECK(reported == 1);
}

TEST_CASE("mt: each worker has a front of its own, and a request goes to the worker that it names") {
    front_log log;
    {
        server_under_test on(on_workers(3),
                             [&](engine_server& server) { server.add_front(making("mine", log)); });
        CHECK(log.made == 3);
        for (const char worker : {'0', '1', '2'}) {
            raw_client client = on.connect();
            const answer got = client.get(std::string("/fronts/on/") + worker);
            REQUIRE(got.status == 200);
            CHECK(got.body == std::string("mine on ") + worker + ", came from " + got.header("X-First"));
            // The connection lives there now.
            CHECK(client.get("/fronts/x").body == std::string("mine on ") + worker);
        }
    }
    CHECK(log.destroyed == 3);
}

TEST_CASE("a front closes its sessions at the pace of the end, and the end waits until it is deserted") {
    front_log log;
    log.deserted = false;
    server_under_test on(with_eio3(), [&](engine_server& server) { server.add_front(making("mine", log)); });
    on.server.close({.sessions_per_second = 1000}, [&] { on.events.add("closed"); });
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(4);
    while (log.wound_up == 0 && std::chrono::steady_clock::now() < patience) std::this_thread::yield();
    CHECK(log.wound_up == 1);
    CHECK(!on.events.happened("closed"));
    log.deserted = true;
    CHECK(on.events.wait_for("closed"));
}

}  // namespace http_front_test
