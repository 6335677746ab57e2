#include <kedge/admin/traffic.hpp>

#include <doctest/doctest.h>

namespace traffic_test {

using kedge::value;
using kedge::admin::traffic;
using kedge::transports::worker_stats;

TEST_CASE("what has happened is told by the second, once, and what has not is not told of") {
    worker_stats now;
    now.packets_in = 100;
    traffic seen(now);
    now.packets_in = 103;
    now.sessions_opened = 2;
    now.sessions_closed[2] = 1;
    seen.note(now, 1'700'000'000'999);
    now.bytes_out = 7;
    seen.note(now, 1'700'000'001'001);
    CHECK(seen.take() == *value::parse(
                             R"([{"timestamp":1700000000000,"type":"rawConnection","count":2},
                  {"timestamp":1700000000000,"type":"rawDisconnection","subType":"ping timeout","count":1},
                  {"timestamp":1700000000000,"type":"packetsIn","count":3},
                  {"timestamp":1700000001000,"type":"bytesOut","count":7}])"));
    CHECK(seen.take() == value::array());
    seen.note(now, 1'700'000'002'000);
    CHECK(seen.take() == value::array());
}

}  // namespace traffic_test
