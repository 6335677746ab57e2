// What an Engine.IO server has of its own as a program: where it listens, its timers, signals and the level
// of its log.
#include <doctest/doctest.h>

#include <chrono>
#include <csignal>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>

#include <test/transports/server_under_test.hpp>

namespace engine_server_service_test {

using namespace kedge;
using namespace kedge::test;
using namespace std::chrono_literals;

namespace {

transports::server_options on_a_free_port() {
    transports::server_options options;
    options.host = "127.0.0.1";
    options.port = std::uint16_t{0};
    return options;
}

}  // namespace

TEST_CASE(
    "an engine server listens where its options say, and says what is wrong with a port that is taken") {
    transports::engine_server server(on_a_free_port());
    CHECK(server.port() != 0);
    transports::server_options taken = on_a_free_port();
    taken.port = server.port();
    CHECK_THROWS_WITH_AS(transports::engine_server{taken},
                         doctest::Contains(std::to_string(server.port()).c_str()), std::system_error);
}

TEST_CASE("an engine server's sessions take handlers of the message alone") {
    transports::engine_server server(on_a_free_port());
    server.on_connection([](transports::session opened) {
        opened.on_message([opened](const transports::received_message& message) {
            opened.send("heard " + std::string(message.data));
        });
    });
    std::thread serves([&] { server.run(); });
    raw_client client(server.port());
    CHECK(client.upgrade("/engine.io/?EIO=4&transport=websocket").status == 101);
    CHECK(client.read_text().starts_with("0{"));
    client.send_text("4one");
    CHECK(client.read_text() == "4heard one");
    server.stop();
    serves.join();
}

TEST_CASE("an engine server's timers come in their order, can be cancelled, and must have a period") {
    transports::engine_server server(on_a_free_port());
    event_log heard;
    int times = 0;
    scheduled again;
    const scheduled never = server.after(1ms, [&] { heard.add("never"); });
    never.cancel();
    server.after(20ms, [&] {
        heard.add("later");
        again = server.every(1ms, [&] {
            if (++times < 3) return;
            again.cancel();
            server.after(5ms, [&] { server.stop(); });
        });
    });
    server.post([&] { heard.add("posted"); });
    CHECK_THROWS_AS(server.every(0ms, [] {}), std::invalid_argument);
    server.run();
    CHECK(heard.all() == std::vector<std::string>{"posted", "later"});
    CHECK(times == 3);
}

TEST_CASE("an engine server that is told to end closes its sessions and returns from run()") {
    transports::server_options options = on_a_free_port();
    event_log log;
    options.log = [&](const log_record& line) { log.add(std::string(line.event)); };
    transports::engine_server server(std::move(options));
    server.close_on_signals();
    server.on_connection([&](transports::session opened) {
        opened.on_close(
            [&](engine::close_reason reason, std::string_view) { log.add(std::string(to_string(reason))); });
        log.add("opened");
    });
    std::thread serves([&] { server.run(); });
    raw_client client(server.port());
    CHECK(client.upgrade("/engine.io/?EIO=4&transport=websocket").status == 101);
    CHECK(log.wait_for("opened"));
    std::raise(SIGTERM);
    serves.join();
    CHECK(log.happened("told to end"));
    CHECK(log.happened("forced close"));
}

TEST_CASE("servers made of the same options have a level of the log each") {
    transports::server_options options = on_a_free_port();
    options.log_threshold = log_level::error;
    const transports::engine_server first(options);
    const transports::engine_server second(options);
    first.log_threshold(log_level::debug);
    CHECK(log_level(first.options().log_threshold) == log_level::debug);
    CHECK(log_level(second.options().log_threshold) == log_level::error);
    CHECK(log_level(options.log_threshold) == log_level::error);
}

TEST_CASE("options that were moved away have a level of the log still") {
    transports::server_options first;
    first.log_threshold = log_level::error;
    const transports::server_options second = std::move(first);
    CHECK(log_level(second.log_threshold) == log_level::error);
    CHECK(log_level(first.log_threshold) == log_level::error);  // NOLINT(bugprone-use-after-move)
}

TEST_CASE("the level of an engine server's log changes while it runs") {
    transports::server_options options = on_a_free_port();
    event_log log;
    options.log = [&](const log_record& line) { log.add(std::string(line.event)); };
    options.log_threshold = log_level::error;
    transports::engine_server server(std::move(options));
    server.close_on_signals();
    server.reload_on_sighup([&] {
        server.log_threshold(log_level::info);
        log.add("reloaded");
    });
    std::thread serves([&] { server.run(); });
    std::raise(SIGHUP);
    CHECK(log.wait_for("reloaded"));
    CHECK_FALSE(log.happened("told to read its files again"));
    std::raise(SIGTERM);
    serves.join();
    CHECK(log.happened("told to end"));
}

}  // namespace engine_server_service_test
