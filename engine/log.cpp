#include <kedge/engine/log.hpp>

#include <array>

namespace kedge {

std::optional<log_level> log_level_named(std::string_view name) noexcept {
    static constexpr std::array<std::pair<std::string_view, log_level>, 5> names{
        {{"debug", log_level::debug},
         {"info", log_level::info},
         {"warning", log_level::warning},
         {"warn", log_level::warning},
         {"error", log_level::error}}};
    for (const auto& [text, level] : names)
        if (text == name) return level;
    return std::nullopt;
}

}  // namespace kedge
