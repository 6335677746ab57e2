#include <doctest/doctest.h>

#include <array>
#include <chrono>

#include <kedge/engine/log_to_stderr.hpp>

namespace log_to_stderr_test {

using kedge::log_format;
using kedge::log_level;
using kedge::log_record;

namespace {

using namespace std::chrono;

// 2026-11-27T09:30:05.250Z
constexpr system_clock::time_point now{milliseconds(1'795'771'805'250)};

std::string written(log_level level, std::string_view event, std::span<const log_record::field> fields,
                    log_format format = log_format::logfmt) {
    return kedge::log_line({level, event, fields}, format, now);
}

}  // namespace

TEST_CASE("a line of a log has a time, a level, the event and its facts") {
    const std::array<log_record::field, 2> fields{{{"reason", "ping"}, {"sid", "AbC-_9"}}};
    CHECK(written(log_level::info, "closed", fields) ==
          "time=2026-11-27T09:30:05.250Z level=info event=closed reason=ping sid=AbC-_9\n");
    CHECK(written(log_level::warning, "closed", {}) ==
          "time=2026-11-27T09:30:05.250Z level=warn event=closed\n");
}

TEST_CASE("values that could be misread are quoted") {
    const std::array<log_record::field, 4> fields{
        {{"empty", ""}, {"spaced", "a b"}, {"sign", "a=b"}, {"quote", "say \"no\""}}};
    CHECK(written(log_level::error, "session closed", fields) ==
          "time=2026-11-27T09:30:05.250Z level=error event=\"session closed\" empty=\"\" spaced=\"a b\" "
          "sign=\"a=b\" quote=\"say \\\"no\\\"\"\n");
}

TEST_CASE("a line of a log as JSON is one object") {
    const std::array<log_record::field, 1> fields{{{"what", "a\"b\n"}}};
    CHECK(written(log_level::debug, "packet", fields, log_format::json) ==
          "{\"time\":\"2026-11-27T09:30:05.250Z\",\"level\":\"debug\",\"event\":\"packet\",\"what\":"
          "\"a\\\"b\\n\"}\n");
}

}  // namespace log_to_stderr_test
