#pragma once

#include <span>
#include <string>

#include <kedge/transports/engineio/figure.hpp>
#include <kedge/transports/engineio/server_stats.hpp>

namespace kedge::transports {

/// The figures of a server in the text format of Prometheus, those of each worker labelled by its number, and
/// those of other fronts.
std::string prometheus_text(const server_stats& stats, std::span<const figure> others = {});

/// The Content-Type that belongs to it.
inline constexpr const char* prometheus_content_type = "text/plain; version=0.0.4; charset=utf-8";

}  // namespace kedge::transports
