#include <kedge/engine/log_gate.hpp>

#include <doctest/doctest.h>

namespace log_gate_test {

using namespace kedge::engine;
using namespace std::chrono_literals;

namespace {

std::string printable(std::string_view text) {
    std::string shown;
    append_printable(shown, text);
    return shown;
}

}  // namespace

TEST_CASE("log_gate: no text of a stranger begins a line or speaks to a terminal") {
    CHECK(printable("plain, with \"quotes\" and grüße") == "plain, with \"quotes\" and grüße");
    CHECK(printable("a\nb\r\x1b[31m\x7f") == "a\\x0Ab\\x0D\\x1B[31m\\x7F");
    CHECK(printable(std::string_view("\0\t", 2)) == "\\x00\\x09");
    CHECK(printable("\xC2\x9B\xC2\xA0") == "\\xC2\\x9B\xC2\xA0");
    CHECK(printable("\xE2\x80\xAE\xE2\x81\xA6\xE2\x80\xA8\xE2\x82\xAC") ==
          "\\xE2\\x80\\xAE\\xE2\\x81\\xA6\\xE2\\x80\\xA8\xE2\x82\xAC");
    CHECK(printable("\xE2\x80") == "\xE2\x80");
    const std::string shown = printable(std::string(5000, 'x'));
    CHECK(shown.size() == 1003);
    CHECK(shown.ends_with("..."));
}

TEST_CASE("log_gate: so many lines of a level in a second, and those left out are counted") {
    log_limit limit(2);
    const auto now = log_limit::clock::time_point(100s);
    CHECK(limit.admit(1, now).write);
    CHECK(limit.admit(1, now + 10ms).write);
    for (int i = 0; i < 500; ++i) CHECK_FALSE(limit.admit(1, now + 20ms).write);
    CHECK(limit.admit(2, now + 30ms).write);  // another level has its own share
    const auto later = limit.admit(1, now + 1s);
    CHECK(later.write);
    CHECK(later.suppressed == 500);
    CHECK(limit.admit(1, now + 1s).suppressed == 0);
}

TEST_CASE("log_gate: without a limit all are written") {
    log_limit limit(0);
    for (int i = 0; i < 1000; ++i) CHECK(limit.admit(0, log_limit::clock::time_point()).write);
}

TEST_CASE("log_gate: the function that lines go through") {
    CHECK_FALSE(gated({}, 1));
    std::vector<std::string> lines;
    const auto log = gated(
        [&](const kedge::log_record& one) {
            std::string text(one.event);
            for (const auto& [name, value] : one.fields)
                text.append(" ").append(name).append("=").append(value);
            lines.push_back(text);
        },
        1000);
    const std::array<log_field, 2> facts{{{"target", "/\n"}, {"address", "::1"}}};
    log({kedge::log_level::info, "refused\n", facts});
    CHECK(lines == std::vector<std::string>{"refused\\x0A target=/\\x0A address=::1"});
}

}  // namespace log_gate_test
