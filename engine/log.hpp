#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

namespace kedge {

/// How much a log line matters.
enum class log_level : std::uint8_t { debug, info, warning, error };

/// The level of that name ("debug", "info", "warning" or "warn", "error"), as a program's settings have it.
std::optional<log_level> log_level_named(std::string_view name) noexcept;

/// The level from which on a log is told. Copies are one and the same, so that what is changed in one is
/// changed wherever it was handed on; assigning a level makes a new one. From any thread.
class log_floor {
  public:
    log_floor(log_level from = log_level::info) : from_(std::make_shared<std::atomic<log_level>>(from)) {}
    // Copied where others are moved: there is always a level.
    log_floor(const log_floor&) noexcept = default;
    log_floor& operator=(const log_floor&) noexcept = default;
    ~log_floor() = default;
    operator log_level() const noexcept { return from_->load(std::memory_order_relaxed); }
    void set(log_level from) const noexcept { from_->store(from, std::memory_order_relaxed); }

  private:
    std::shared_ptr<std::atomic<log_level>> from_;
};

/// One line for the application's log: what happened, and named facts about it. Valid during the call only.
struct log_record {
    using field = std::pair<std::string_view, std::string_view>;
    log_level level = log_level::info;
    std::string_view event;
    std::span<const field> fields;
};

}  // namespace kedge
