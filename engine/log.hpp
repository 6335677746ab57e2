#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

namespace kedge {

/// How much a log line matters.
enum class log_level : std::uint8_t { debug, info, warning, error };

/// One line for the application's log: what happened, and named facts about it. Valid during the call only.
struct log_record {
    using field = std::pair<std::string_view, std::string_view>;
    log_level level = log_level::info;
    std::string_view event;
    std::span<const field> fields;
};

}  // namespace kedge
