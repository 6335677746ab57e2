#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>

#include <kedge/engine/keyed_hash.hpp>

namespace kedge::admin {

/// The port for who keeps the logins of operators. Called on several threads.
class session_store {
  public:
    virtual ~session_store() = default;
    /// Calls `done` once, on any thread, with whether that login is known.
    virtual void find(std::string session, std::function<void(bool known)> done) = 0;
    virtual void save(std::string session) = 0;
};

/// Keeps logins in this process: so many, and for so long. When there are too many the oldest goes.
class memory_store final : public session_store {
  public:
    using clock = std::chrono::steady_clock;

    explicit memory_store(std::chrono::seconds lifetime = std::chrono::hours(24),
                          std::size_t most = 1000) noexcept
        : lifetime_(std::min<std::chrono::seconds>(lifetime, a_century)), most_(most) {}

    void find(std::string session, std::function<void(bool known)> done) override;
    void save(std::string session) override;
    std::size_t size() const;

  private:
    bool knows(std::string_view session, clock::time_point now) const;
    void make_room(clock::time_point now);

    static constexpr std::chrono::hours a_century{24 * 36'500};  // what is longer has no end on the clock

    const std::chrono::seconds lifetime_;
    const std::size_t most_;
    mutable std::mutex lock_;
    engine::keyed_map<std::string, clock::time_point> until_;
};

}  // namespace kedge::admin
