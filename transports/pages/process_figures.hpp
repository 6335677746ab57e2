#pragma once

#include <cstdint>
#include <string>

namespace kedge::transports {

/// What the operating system says of this process; a figure that it does not tell is 0.
struct process_figures {
    double cpu_seconds = 0;
    double started = 0;  // seconds since 1970
    std::uint64_t resident_bytes = 0;
    std::uint64_t open_descriptors = 0;
    std::uint64_t most_descriptors = 0;
};

process_figures read_process_figures();

/// The figures under the names that Prometheus' own libraries give them, and the version of Kedge.
std::string prometheus_text(const process_figures& of);

}  // namespace kedge::transports
