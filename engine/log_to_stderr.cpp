#include <kedge/engine/log_to_stderr.hpp>

#include <cstdio>
#include <ctime>
#include <string_view>

#include <kedge/engine/json_string.hpp>

namespace kedge {

namespace {

std::string_view name_of(log_level level) noexcept {
    switch (level) {
        case log_level::debug:
            return "debug";
        case log_level::info:
            return "info";
        case log_level::warning:
            return "warn";
        case log_level::error:
            break;
    }
    return "error";
}

/// As RFC 3339 has it, in UTC, to the millisecond.
std::string spelt(std::chrono::system_clock::time_point when) {
    using namespace std::chrono;
    const auto whole = floor<seconds>(when);
    const std::time_t time = system_clock::to_time_t(whole);
    std::tm parts{};
    gmtime_r(&time, &parts);
    char text[40];
    const std::size_t size = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
    const auto rest = static_cast<unsigned>(duration_cast<milliseconds>(when - whole).count());
    char fraction[8];
    std::snprintf(fraction, sizeof fraction, ".%03uZ", rest % 1000);
    return std::string(text, size) + fraction;
}

bool plain(std::string_view value) noexcept {
    return !value.empty() && value.find_first_of(" =\"\\\t\r\n") == std::string_view::npos;
}

void append_logfmt(std::string& to, std::string_view name, std::string_view value) {
    if (!to.empty()) to += ' ';
    to += name;
    to += '=';
    if (plain(value)) {
        to += value;
    } else {
        engine::append_json_string(to, value);
    }
}

void append_member(std::string& to, std::string_view name, std::string_view value) {
    to += to.empty() ? '{' : ',';
    engine::append_json_string(to, name);
    to += ':';
    engine::append_json_string(to, value);
}

}  // namespace

std::string log_line(const log_record& record, log_format format, std::chrono::system_clock::time_point now) {
    const auto append = format == log_format::json ? append_member : append_logfmt;
    std::string line;
    append(line, "time", spelt(now));
    append(line, "level", name_of(record.level));
    append(line, "event", record.event);
    for (const auto& [name, value] : record.fields) append(line, name, value);
    line += format == log_format::json ? "}\n" : "\n";
    return line;
}

std::function<void(const log_record&)> log_to_stderr(log_format format) {
    return [format](const log_record& record) {
        const std::string line = log_line(record, format, std::chrono::system_clock::now());
        std::fwrite(line.data(), 1, line.size(), stderr);
    };
}

}  // namespace kedge
