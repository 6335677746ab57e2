#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include <kedge/adapter.hpp>
#include <kedge/server.hpp>
#include <kedge/value.hpp>

namespace soak {

/// What the server has heard and holds. From any thread.
class book {
  public:
    /// Something that must not happen; the first hundred are kept.
    void fault(std::string what);
    /// Counts rooms and who is in them.
    kedge::room_hooks room_hooks();
    /// A request that reached the application, and all that did since this was asked last.
    void see(kedge::value request);
    kedge::value take_seen();
    /// All of it, with what the process takes, as /stats tells it.
    kedge::value figures(const kedge::transports::server_stats& stats);

    std::atomic<std::int64_t> counted{0};
    std::atomic<std::int64_t> present{0};  ///< living objects of type presence

  private:
    std::atomic<std::int64_t> rooms_{0};
    std::atomic<std::int64_t> members_{0};
    std::mutex lock_;
    std::vector<std::string> faults_;
    kedge::value seen_ = kedge::value::array();
};

/// Held by the handlers and the timer of a socket, and by nothing else: when all have gone, those have.
struct presence {
    explicit presence(book& in) : books(in) { ++books.present; }
    presence(const presence&) = delete;
    presence& operator=(const presence&) = delete;
    ~presence() { --books.present; }

    book& books;
    std::int64_t counted = 0;
};

}  // namespace soak
