#include <kedge/transports/relay/peer_pool.hpp>

#include <algorithm>
#include <utility>

#include <kedge/transports/relay/unread.hpp>

namespace kedge::transports {

/// Watches over a connection that is not used.
class peer_pool::idler final : public mortal, private stream_owner {
  public:
    idler(peer_pool& of, std::uint8_t node, peer_connection kept, engine::time_point since)
        : of_(of), node_(node), since_(since), kept_(std::move(kept)) {
        kept_.stream->owner(*this);
    }

    std::uint8_t node() const noexcept { return node_; }
    engine::time_point since() const noexcept { return since_; }
    peer_connection take() noexcept { return std::move(kept_); }

  private:
    // The other node says nothing unasked: whatever comes, the connection is of no more use.
    void on_bytes(std::span<char>) override { of_.lose(*this); }
    void on_end() override { of_.lose(*this); }
    void on_fault() noexcept override { of_.lose(*this); }

    peer_pool& of_;
    const std::uint8_t node_;
    const engine::time_point since_;
    peer_connection kept_;
};

peer_pool::peer_pool(worker& home) noexcept
    : home_(home), timer_(engine::timer::calls<&peer_pool::sweep, peer_pool>(), this) {}

peer_pool::~peer_pool() = default;

/// Its end may be here and not have been heard of in this turn.
peer_connection peer_pool::take(std::uint8_t node) {
    const auto found = idle_.find(node);
    while (found != idle_.end() && !found->second.empty()) {
        std::unique_ptr<idler> last = std::move(found->second.back());
        found->second.pop_back();
        peer_connection taken = last->take();
        bury(std::move(last));
        if (!taken.stream->closed() && is_quiet(taken.descriptor)) return taken;
    }
    return {};
}

void peer_pool::give_back(std::uint8_t node, peer_connection which) {
    idlers& of_node = idle_[node];
    if (of_node.size() >= most_idle) return;
    of_node.push_back(std::make_unique<idler>(*this, node, std::move(which), home_.now()));
    if (!timer_.armed()) home_.timers().arm(timer_, engine::later(home_.now(), patience));
}

void peer_pool::drop(std::uint8_t node) {
    auto taken = idle_.extract(node);
    if (taken.empty()) return;
    for (auto& each : taken.mapped()) bury(std::move(each));
}

void peer_pool::clear() {
    while (!idle_.empty()) drop(idle_.begin()->first);
}

std::size_t peer_pool::idle(std::uint8_t node) const {
    const auto found = idle_.find(node);
    return found == idle_.end() ? 0 : found->second.size();
}

void peer_pool::lose(idler& which) noexcept {
    const auto found = idle_.find(which.node());
    if (found == idle_.end()) return;
    idlers& all = found->second;
    const auto at =
        std::find_if(all.begin(), all.end(), [&](const auto& each) { return each.get() == &which; });
    if (at == all.end()) return;
    std::unique_ptr<idler> lost = std::move(*at);
    all.erase(at);
    bury(std::move(lost));
}

void peer_pool::sweep(engine::time_point now) {
    bool some = false;
    for (auto& [node, all] : idle_) {
        const auto rested = std::find_if(all.begin(), all.end(), [&](const auto& each) {
            return now < engine::later(each->since(), patience);
        });
        for (auto each = all.begin(); each != rested; ++each) bury(std::move(*each));
        all.erase(all.begin(), rested);
        some = some || !all.empty();
    }
    if (some) home_.timers().arm(timer_, engine::later(now, patience / 2));
}

/// It may be what is calling.
void peer_pool::bury(std::unique_ptr<idler> which) noexcept {
    which->take();
    home_.bury(std::move(which));
}

}  // namespace kedge::transports
