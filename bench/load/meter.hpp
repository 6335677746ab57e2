#pragma once

#include <sys/types.h>
#include <bench/common/histogram.hpp>
#include <chrono>
#include <map>
#include <string>

namespace bench {

using steady = std::chrono::steady_clock;

/// What is measured between begin() and end(): the server's processor time above all.
class meter {
  public:
    explicit meter(pid_t server) : server_(server) {}

    void begin();
    void end(double messages);
    bool running() const noexcept { return running_; }

    /// From when a message was due or sent until its answer was there.
    void latency(std::chrono::nanoseconds value, std::uint64_t times = 1) {
        if (running_) latencies_.add(value, times);
    }
    /// A figure of the mode's own.
    void note(const std::string& name, double value) { figures_[name] = value; }

    /// All figures as one line of JSON.
    void print() const;

  private:
    struct reading {
        steady::time_point time;
        double server, load, machine;
    };
    reading read() const;

    pid_t server_;
    bool running_ = false;
    reading began_{};
    histogram latencies_;
    std::map<std::string, double> figures_;
};

}  // namespace bench
