#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <vector>

namespace kedge::engine {
struct options;
class registry;
}  // namespace kedge::engine

namespace kedge::transports {

class http_share;

/// What a server does when more waits than max_buffered_bytes_total. Where most of it is what arrives and
/// does not end, it cuts off what has taken longest, worker after worker, a quarter each time. Else it closes
/// the sessions that hold most, first those that hold more than half of what one may, then a quarter, and so
/// on, until a quarter of the bound is free again.
class relief {
  public:
    explicit relief(const engine::options& terms) noexcept : terms_(terms) {}
    /// Before the server runs: sessions that may be closed, and where they live.
    void add(http_share& home, engine::registry& sessions) { places_.push_back({&home, &sessions}); }
    /// Does nothing while it is under way, or has ended just now. On any worker's thread.
    void begin();

  private:
    struct visit {
        std::size_t place = 0;
        std::size_t above = 0;
        std::size_t closed = 0;
        std::size_t cut = 0;
    };
    struct place {
        http_share* home;
        engine::registry* sessions;
    };
    void go_on(visit next);
    void shed_here(visit now);
    void tell(const visit& last) const;
    void end(const visit& last);
    bool enough() const noexcept;
    std::size_t target() const noexcept;

    const engine::options& terms_;
    std::vector<place> places_;
    std::atomic<bool> under_way_{false};
    std::atomic<std::chrono::steady_clock::rep> ended_{0};
};

}  // namespace kedge::transports
