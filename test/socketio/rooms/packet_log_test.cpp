#include <kedge/socketio/rooms/packet_log.hpp>

#include <string>

#include <doctest/doctest.h>

#include <kedge/socketio/value/arguments.hpp>
#include <kedge/socketio/wire/codec.hpp>

namespace packet_log_test {

using namespace kedge;
using namespace std::chrono_literals;

namespace {

packet_ptr event(const std::string& offset, std::size_t size = 1) {
    return with_arguments(
        [&](const outgoing_arguments& sent) {
            return broadcast_packet::event(json_parser(), "/", std::nullopt, "e", sent, {.offset = offset});
        },
        std::string(size, 'x'));
}

struct log_under_test {
    explicit log_under_test(const recovery_options& options) : settings(options), log(settings) {}
    kept_ptr append(const std::string& offset, std::size_t size = 1) {
        return log.append(event(offset, size), {}, now, gone);
    }

    recovery_options settings;
    packet_log log;
    engine::time_point now{1000ms};
    std::vector<kept_ptr> gone;
};

}  // namespace

TEST_CASE("a log finds its events by their offsets, and numbers them without a gap") {
    log_under_test with({});
    with.append("a");
    with.append("b");
    with.append("c");
    CHECK(with.log.find("b") == 1);
    CHECK_FALSE(with.log.find("x"));
    CHECK(with.log.begin() == 0);
    CHECK(with.log.end() == 3);
    CHECK(with.log.at(2).packet->offset() == "c");
}

TEST_CASE("a log lets the oldest go: by number") {
    recovery_options few;
    few.max_stored_packets = 2;
    log_under_test with(few);
    for (const char* each : {"a", "b", "c", "d"}) with.append(each);
    CHECK(with.log.begin() == 2);
    CHECK(with.log.end() == 4);
    CHECK_FALSE(with.log.find("b"));
    CHECK(with.log.find("c") == 2);
    CHECK(with.log.at(3).packet->offset() == "d");
    CHECK(with.gone.size() == 2);
}

TEST_CASE("a log lets the oldest go: by bytes; one event is always kept") {
    recovery_options small;
    small.max_stored_bytes = 3000;
    log_under_test with(small);
    with.append("a", 1000);
    with.append("b", 1000);
    CHECK(with.log.bytes() > 2000);
    CHECK(with.log.begin() == 0);
    with.append("c", 1000);
    CHECK(with.log.begin() == 1);
    CHECK(with.log.bytes() < 3000);
    with.append("d", 10'000);
    CHECK(with.log.begin() == 3);
    with.append("e");
    CHECK(with.log.begin() == 4);
    CHECK(with.log.find("e") == 4);
}

TEST_CASE("a log lets the oldest go: by age") {
    recovery_options brief;
    brief.max_disconnection_duration = 100ms;
    log_under_test with(brief);
    with.append("a");
    with.now += 60ms;
    with.append("b");
    with.now += 40ms;
    with.log.purge(with.now, with.gone);
    CHECK(with.log.begin() == 0);
    with.now += 1ms;
    with.log.purge(with.now, with.gone);
    CHECK(with.log.begin() == 1);
    with.now += 1000ms;
    with.log.purge(with.now, with.gone);
    CHECK(with.log.begin() == with.log.end());
    CHECK(with.log.bytes() == 0);
    CHECK(with.append("c")->place == 2);
}

TEST_CASE("a session is concerned by what goes to all, to it, or to its rooms, unless it is left out") {
    const stored_session who{"me", "pid", {"me", "red"}, {}};
    const session_filter mine(who);
    CHECK(mine.concerns({{}, {}, {}}));
    CHECK(mine.concerns({{"me"}, {}, {}}));
    CHECK(mine.concerns({{"blue", "red"}, {}, {}}));
    CHECK_FALSE(mine.concerns({{"blue"}, {}, {}}));
    CHECK_FALSE(mine.concerns({{}, {"me"}, {}}));
    CHECK_FALSE(mine.concerns({{"red"}, {"blue", "red"}, {}}));
    CHECK(mine.concerns({{"red"}, {"blue"}, {}}));
}

}  // namespace packet_log_test
