#include <kedge/transports/net/peer_guard.hpp>

#include <chrono>
#include <utility>

namespace kedge::transports {
namespace {

constexpr std::uint64_t tolerance = 30'000;

}  // namespace

std::string_view to_string(peer_verdict verdict) noexcept {
    switch (verdict) {
        case peer_verdict::accepted:
            return "accepted";
        case peer_verdict::late:
            return "its time is not ours: do the clocks of the nodes agree?";
        case peer_verdict::repeated:
            return "seen before";
        case peer_verdict::hopless:
            return "it was not passed on";
    }
    return {};
}

std::uint64_t claim_time() noexcept {
    const auto since = std::chrono::system_clock::now().time_since_epoch();
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(since).count());
}

peer_verdict peer_guard::judge(const peer_claim& claim, peer_line& on, std::uint64_t now) {
    if (claim.hop == 0) return peer_verdict::hopless;
    if (claim.time > now + tolerance || claim.time + tolerance < now) return peer_verdict::late;
    if (claim.count != on.count) return peer_verdict::repeated;
    if (on.count == 0) {
        if (!is_new(claim.nonce, now)) return peer_verdict::repeated;
        on.nonce = claim.nonce;
    } else if (claim.nonce != on.nonce) {
        return peer_verdict::repeated;
    }
    ++on.count;
    return peer_verdict::accepted;
}

/// A claim can come again for twice the tolerance: so long each nonce is kept, and at most twice as long.
bool peer_guard::is_new(const std::array<std::byte, 16>& nonce, std::uint64_t now) {
    const std::lock_guard hold(lock_);
    if (now - since_ > 2 * tolerance) {
        older_ = std::exchange(recent_, {});
        since_ = now;
    }
    return !older_.contains(nonce) && recent_.insert(nonce).second;
}

}  // namespace kedge::transports
