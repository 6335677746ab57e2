#include <kedge/engine/heartbeat.hpp>

#include <doctest/doctest.h>

namespace heartbeat_test {

using namespace kedge::engine;

namespace {

time_point at(long long ms) {
    return time_point(duration(ms));
}

options quick() {
    options settings;
    settings.ping_interval = duration{600};
    settings.ping_timeout = duration{400};
    return settings;
}

}  // namespace

TEST_CASE("heartbeat v4: the server pings, and times out when no pong comes") {
    const options settings = quick();
    heartbeat beat(revision::v4, settings);
    CHECK(beat.opened(at(0)) == at(600));
    CHECK(beat.due() == heartbeat::alarm::ping);
    CHECK(beat.pinged(at(600)) == at(1000));
    CHECK(beat.due() == heartbeat::alarm::timeout);
}

TEST_CASE("heartbeat v4: the next ping comes an interval after the pong") {
    const options settings = quick();
    heartbeat beat(revision::v4, settings);
    beat.pinged(at(600));
    const auto pong = beat.received(packet_type::pong, at(950));
    CHECK(pong.beat);
    CHECK_FALSE(pong.wrong_direction);
    CHECK(pong.deadline == at(1550));
    CHECK(beat.due() == heartbeat::alarm::ping);
}

TEST_CASE("heartbeat v4: the first other packet while a pong is awaited extends the time, once per ping") {
    const options settings = quick();
    heartbeat beat(revision::v4, settings);
    CHECK_FALSE(beat.received(packet_type::message, at(100)).deadline.has_value());
    beat.pinged(at(600));
    CHECK(beat.received(packet_type::message, at(701)).deadline == at(1101));
    CHECK_FALSE(beat.received(packet_type::message, at(800)).deadline.has_value());
    beat.received(packet_type::pong, at(900));
    CHECK_FALSE(beat.received(packet_type::message, at(950)).deadline.has_value());
    beat.pinged(at(1500));
    CHECK(beat.received(packet_type::message, at(1600)).deadline == at(2000));
}

TEST_CASE("heartbeat v4: a pong nobody asked for restarts the interval; a ping is against the rules") {
    const options settings = quick();
    heartbeat beat(revision::v4, settings);
    CHECK(beat.received(packet_type::pong, at(500)).deadline == at(1100));
    CHECK(beat.received(packet_type::ping, at(500)).wrong_direction);
}

TEST_CASE("heartbeat v4: an upgrade gives an awaited pong its full time again") {
    const options settings = quick();
    heartbeat beat(revision::v4, settings);
    CHECK_FALSE(beat.upgraded(at(100)).has_value());
    beat.pinged(at(600));
    CHECK(beat.upgraded(at(900)) == at(1300));
}

TEST_CASE("heartbeat v3: the client pings, and only pings count") {
    const options settings = quick();
    heartbeat beat(revision::v3, settings);
    CHECK(beat.opened(at(0)) == at(1000));
    CHECK(beat.due() == heartbeat::alarm::timeout);
    const auto ping = beat.received(packet_type::ping, at(300));
    CHECK(ping.beat);
    CHECK(ping.deadline == at(1300));
    CHECK_FALSE(beat.received(packet_type::message, at(400)).deadline.has_value());
    CHECK(beat.received(packet_type::pong, at(400)).wrong_direction);
    CHECK_FALSE(beat.upgraded(at(500)).has_value());  // the deadline stays
}

}  // namespace heartbeat_test
