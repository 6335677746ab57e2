#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <kedge/engine/log.hpp>

namespace kedge::engine {

/// Appends a text so that it can stand in a line of a log: control characters, and those that turn or break
/// lines on a screen, as \xNN; at most some 1000 bytes of it.
void append_printable(std::string& to, std::string_view text);

using log_field = log_record::field;

/// The facts of one log line as they may be shown.
class printable_fields {
  public:
    explicit printable_fields(std::span<const log_field> from);
    std::span<const log_field> fields() const noexcept { return fields_; }

  private:
    std::string texts_;
    std::vector<log_field> fields_;
};

/// How many lines of each level are written in a second. Who sends what is logged cannot fill the disk. From
/// any thread.
class log_limit {
  public:
    using clock = std::chrono::steady_clock;

    /// 0: no limit.
    explicit log_limit(std::size_t lines_per_second) noexcept : most_(lines_per_second) {}

    struct verdict {
        bool write = true;
        std::size_t suppressed = 0;  ///< lines of this level, since the last that was written
    };
    verdict admit(std::size_t level, clock::time_point now);

  private:
    struct share {
        clock::time_point second{};
        std::size_t written = 0;
        std::size_t suppressed = 0;
    };
    std::size_t most_;
    std::mutex lock_;
    std::array<share, 4> shares_{};
};

using log_function = std::function<void(const log_record&)>;

/// The log function through which all lines of a server go: `log`, of which each line is printable, and which
/// is called some times a second for each level, as the limit has it; what was suppressed is counted in a
/// line of its own. Empty when `log` is.
log_function gated(log_function log, std::size_t lines_per_second);

}  // namespace kedge::engine
