#include <unistd.h>

#include <algorithm>
#include <bench/common/usage.hpp>
#include <bench/load/meter.hpp>
#include <cstdio>

namespace bench {

meter::reading meter::read() const {
    return {steady::now(), processor_seconds(server_), processor_seconds(getpid()), machine_seconds()};
}

void meter::begin() {
    began_ = read();
    running_ = true;
}

void meter::end(double messages) {
    running_ = false;
    const auto now = read();
    const double seconds = std::chrono::duration<double>(now.time - began_.time).count();
    const double server = now.server - began_.server;
    const double load = now.load - began_.load;
    const double others = std::max(0.0, now.machine - began_.machine - server - load);
    note("seconds", seconds);
    note("messages", messages);
    note("per_second", messages / seconds);
    note("server_us", server * 1e6 / messages);
    note("server_busy", server / seconds);
    note("load_busy", load / seconds);
    note("others_busy", others / seconds);
    // A load that never rests while the server does is what was measured.
    note("load_is_bottleneck", load / seconds > 0.97 && server / seconds < 0.9 ? 1 : 0);
    note("resident_kb", resident_kilobytes(server_));
    note("p50_us", latencies_.percentile(0.5));
    note("p99_us", latencies_.percentile(0.99));
    note("p999_us", latencies_.percentile(0.999));
}

void meter::print() const {
    const char* before = "{";
    for (const auto& [name, value] : figures_) {
        std::printf("%s\"%s\": %.6g", before, name.c_str(), value);
        before = ", ";
    }
    std::printf("}\n");
}

}  // namespace bench
