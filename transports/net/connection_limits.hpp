#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include <kedge/engine/keyed_hash.hpp>
#include <kedge/engine/timer_wheel.hpp>

namespace kedge::transports {

class connection_limits;

/// What one host is counted under: an IPv4 address, mapped or not, or the /64 of an IPv6 address.
std::string host_key(std::string_view address);

/// How many connections are taken. All off by default: behind a proxy or a NAT many clients share one
/// address.
struct limit_options {
    std::size_t connections = 0;              ///< open at the same time; 0 = no limit
    std::size_t connections_per_address = 0;  ///< an IPv6 host is counted by its /64; 0 = no limit
    std::size_t handshakes_per_second = 0;    ///< new connections in one second; 0 = no limit
};

/// Why a connection was refused.
enum class limit_reason : std::uint8_t { none, connections, connections_per_address, handshakes_per_second };
std::string_view to_string(limit_reason reason) noexcept;

/// One connection's share of the limits; gives it back when it is destroyed, on whatever thread.
class connection_permit {
  public:
    connection_permit(std::shared_ptr<connection_limits> limits, std::string key) noexcept;
    ~connection_permit();
    connection_permit(const connection_permit&) = delete;
    connection_permit& operator=(const connection_permit&) = delete;

  private:
    std::shared_ptr<connection_limits> limits_;
    std::string key_;
};

/// The limits of a server, shared by its listeners. Thread-safe. The lock is taken once when a connection
/// comes and once when it goes, and only where a limit is set.
class connection_limits : public std::enable_shared_from_this<connection_limits> {
  public:
    explicit connection_limits(limit_options options);

    /// What became of a new connection: `permit` is null when it was refused, and when nothing is limited.
    struct verdict {
        limit_reason refused = limit_reason::none;
        std::unique_ptr<connection_permit> permit;
    };
    verdict admit(std::string_view address, engine::time_point now);
    /// The same for a request that another node passes on. Its client has been met there as a new connection:
    /// here only its address may have too many.
    verdict admit_passed_on(std::string_view address);

    const limit_options& options() const noexcept { return options_; }
    std::size_t open() const;  ///< connections with a permit
    /// Connections refused so far for this reason.
    std::uint64_t refused(limit_reason reason) const noexcept;

    /// What a permit does when it ends.
    void give_back(const std::string& key) noexcept;

  private:
    verdict refuse(limit_reason why) noexcept;
    verdict count(std::string key);
    bool crowded(const std::string& key) const;
    limit_reason check(const std::string& key, engine::time_point now);
    bool too_fast(engine::time_point now);

    const limit_options options_;
    mutable std::mutex mutex_;
    std::size_t open_ = 0;
    engine::keyed_map<std::string, std::size_t> by_address_;
    engine::time_point window_begin_{};
    std::size_t in_window_ = 0;
    std::atomic<std::uint64_t> refused_[4]{};
};

}  // namespace kedge::transports
