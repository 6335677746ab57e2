#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kedge/engine/histogram.hpp>

namespace kedge::transports {

/// One number of a front that shares the port with the engine, for metrics().
struct figure {
    std::string_view name;  ///< without "kedge_" before it; figures of one name stand together
    std::string_view type;  ///< "gauge", "counter" or "histogram"
    std::string_view help;
    std::string labels;  ///< such as `path="/echo"`
    std::uint64_t value = 0;
    std::optional<engine::histogram::reading> times{};  ///< of a histogram, which has no other value
};

/// What a front tells of itself, from any thread.
using figure_source = std::function<std::vector<figure>()>;

/// A label with whatever is in its value escaped.
std::string figure_label(std::string_view name, std::string_view value);

}  // namespace kedge::transports
