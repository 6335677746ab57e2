#pragma once

#include <atomic>
#include <cstdint>
#include <string>

namespace kedge {

/// What the adapters that were given this (`redis_options::figures`) have done so far. May be read from any
/// thread.
struct redis_figures {
    class figure {
      public:
        void add(std::uint64_t many = 1) noexcept { value_.fetch_add(many, std::memory_order_relaxed); }
        std::uint64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

      private:
        std::atomic<std::uint64_t> value_{0};
    };

    figure sent;            ///< commands
    figure dropped;         ///< never sent: volatile, or the oldest of too many
    figure unanswered;      ///< sent when the connection was lost: nobody knows
    figure refused;         ///< answered by an error
    figure connections;     ///< made
    figure losses;          ///< of connections, and attempts that failed
    figure heard;           ///< messages and entries of streams
    figure not_understood;  ///< of those

    /// All of them as Prometheus takes them, to be put behind what kedge::metrics has.
    std::string text() const;
};

}  // namespace kedge
