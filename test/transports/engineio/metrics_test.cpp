#include <doctest/doctest.h>

#include <sstream>
#include <string>
#include <vector>

#include <kedge/transports/engineio/metrics.hpp>

namespace metrics_test {

using kedge::transports::prometheus_text;
using kedge::transports::server_stats;

namespace {

server_stats two_workers() {
    server_stats stats;
    stats.workers.resize(2);
    stats.workers[1].packets_in = 7;
    stats.workers[0].turned_away = 8;
    stats.workers[1].unattended = 11;
    stats.workers[0].evicted = 12;
    stats.workers[1].sessions_by_kind = {1, 2, 3, 4};
    stats.total.sessions_closed[2] = 5;
    stats.total.refused[4] = 6;
    stats.accepted = 9;
    stats.workers[1].turns.counts[0] = 2;
    stats.workers[1].turns.counts[3] = 1;
    stats.workers[1].turns.counts[10] = 1;
    stats.workers[1].turns.sum = std::chrono::nanoseconds(12'000'500'000);
    return stats;
}

bool has_line(const std::string& text, const std::string& wanted) {
    return ("\n" + text).find("\n" + wanted + "\n") != std::string::npos;
}

}  // namespace

TEST_CASE("each figure is a line that Prometheus reads") {
    const auto text = prometheus_text(two_workers());
    CHECK(has_line(text, "# TYPE kedge_packets_received_total counter"));
    CHECK(has_line(text, "kedge_packets_received_total{worker=\"1\"} 7"));
    CHECK(has_line(text, "kedge_handshakes_turned_away_total{worker=\"0\"} 8"));
    CHECK(has_line(text, "kedge_sessions_unattended{worker=\"1\"} 11"));
    CHECK(has_line(text, "kedge_sessions_evicted_total{worker=\"0\"} 12"));
    CHECK(has_line(text, "kedge_sessions{worker=\"1\",transport=\"polling\",protocol=\"3\"} 1"));
    CHECK(has_line(text, "kedge_sessions{worker=\"1\",transport=\"websocket\",protocol=\"4\"} 4"));
    CHECK(has_line(text, "kedge_sessions_closed_total{reason=\"ping_timeout\"} 5"));
    CHECK(has_line(text, "kedge_requests_refused_total{code=\"4\"} 6"));
    CHECK(has_line(text, "kedge_connections_accepted_total 9"));
}

TEST_CASE("of a histogram each class counts those before it, in seconds") {
    const auto text = prometheus_text(two_workers());
    CHECK(has_line(text, "# TYPE kedge_turn_seconds histogram"));
    CHECK(has_line(text, "kedge_turn_seconds_bucket{worker=\"1\",le=\"0.0001\"} 2"));
    CHECK(has_line(text, "kedge_turn_seconds_bucket{worker=\"1\",le=\"0.001\"} 2"));
    CHECK(has_line(text, "kedge_turn_seconds_bucket{worker=\"1\",le=\"0.005\"} 3"));
    CHECK(has_line(text, "kedge_turn_seconds_bucket{worker=\"1\",le=\"5\"} 3"));
    CHECK(has_line(text, "kedge_turn_seconds_bucket{worker=\"1\",le=\"+Inf\"} 4"));
    CHECK(has_line(text, "kedge_turn_seconds_sum{worker=\"1\"} 12.0005"));
    CHECK(has_line(text, "kedge_turn_seconds_count{worker=\"1\"} 4"));
    CHECK(has_line(text, "kedge_wait_seconds_sum{worker=\"0\"} 0"));
}

TEST_CASE("every line is a comment, or a name and a number") {
    std::istringstream lines(prometheus_text(two_workers()));
    std::string line;
    while (std::getline(lines, line)) {
        CAPTURE(line);
        const bool comment = line.starts_with("# HELP kedge_") || line.starts_with("# TYPE kedge_");
        const auto space = line.rfind(' ');
        const bool sample = line.starts_with("kedge_") && space != line.npos &&
                            line.find_first_not_of("0123456789.", space + 1) == line.npos;
        CHECK((comment || sample));
    }
}

TEST_CASE("figures of other fronts stand together by their names, whoever told them") {
    const std::vector<kedge::transports::figure> others{
        {"b_total", "counter", "Of b.", kedge::transports::figure_label("path", "/x\"y"), 1},
        {"a", "gauge", "Of a.", "", 2},
        {"b_total", "counter", "Of b.", kedge::transports::figure_label("path", "/z"), 3},
    };
    const auto text = prometheus_text(two_workers(), others);
    CHECK(
        text.ends_with("# HELP kedge_a Of a.\n# TYPE kedge_a gauge\nkedge_a 2\n"
                       "# HELP kedge_b_total Of b.\n# TYPE kedge_b_total counter\n"
                       "kedge_b_total{path=\"/x\\\"y\"} 1\nkedge_b_total{path=\"/z\"} 3\n"));
}

}  // namespace metrics_test
