#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

#include <kedge/transports/net/peer_header.hpp>

namespace kedge::transports {

class connection_limits;
class peer_guard;

/// What is known of a connection that another node has made. It travels with the stream.
struct peer_line {
    std::shared_ptr<peer_guard> guard;
    std::shared_ptr<connection_limits> limits;  ///< of clients; null = none
    std::array<std::byte, 16> nonce{};
    std::uint64_t count = 0;  ///< requests that came on it
    std::string sid{};        ///< whose request it carries now
};

enum class peer_verdict : std::uint8_t {
    accepted,
    late,      ///< the clocks of the nodes differ by more than 30 s, or it was kept back
    repeated,  ///< seen before, or out of order
    hopless,   ///< it was never passed on: who says so is no node
};
std::string_view to_string(peer_verdict verdict) noexcept;

/// The clock by which claims are judged: milliseconds since 1970.
std::uint64_t claim_time() noexcept;

/// Knows which claims of other nodes are to be believed. What was signed once is good once: the first claim
/// of a connection brings a nonce that no other has had, those that follow it are counted. Shared by the
/// workers of a server. Thread-safe.
class peer_guard final {
  public:
    explicit peer_guard(std::string secret) : secret_(std::move(secret)) {}

    const std::string& secret() const noexcept { return secret_; }
    /// Judges a claim that is signed, and remembers it. `now` as claim_time() has it.
    peer_verdict judge(const peer_claim& claim, peer_line& on, std::uint64_t now);

  private:
    bool is_new(const std::array<std::byte, 16>& nonce, std::uint64_t now);

    const std::string secret_;
    std::mutex lock_;
    std::uint64_t since_ = 0;  // when `recent_` began
    std::set<std::array<std::byte, 16>> recent_;
    std::set<std::array<std::byte, 16>> older_;
};

}  // namespace kedge::transports
