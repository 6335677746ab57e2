#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include <kedge/engine/log.hpp>

namespace kedge {

/// How a line of a log is written.
enum class log_format : std::uint8_t {
    logfmt,  ///< time=2026-11-27T09:30:00.250Z level=info event="session closed" sid=…
    json     ///< an object a line: {"time":"…","level":"info","event":"session closed","sid":"…"}
};

/// A line as it is written, with its end. Values are quoted where they have to be.
std::string log_line(const log_record& record, log_format format, std::chrono::system_clock::time_point now);

/// A function for the option `log` that writes each line to standard error, in one piece: from any thread.
std::function<void(const log_record&)> log_to_stderr(log_format format = log_format::logfmt);

}  // namespace kedge
