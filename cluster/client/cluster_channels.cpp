#include <kedge/cluster/client/cluster_channels.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace kedge::cluster {

namespace {

constexpr std::string_view moved = "a slot of the Redis Cluster has moved";
constexpr std::string_view lost = "what was published on its channels meanwhile is lost";

}  // namespace

struct cluster_channels::place final : transports::mortal {
    place(cluster_channels& in, node_address at)
        : of(in),
          where(std::move(at)),
          them({.on_live = [this](bool again) { on_live(again); },
                .on_down = of.hooks_.on_down,
                .on_trouble = [this](std::string_view what, std::string_view why) { on_trouble(what, why); },
                .on_ended = [this](channel_kind, const std::string& name,
                                   const channel_listener&) { of.on_ended(name); },
                .on_refused = [this](std::string_view error) { return of.on_refused(*this, error); }}),
          line(of.yard_.make(silent(of.yard_.options()), them)) {
        them.use(line->link());
    }

    void on_live(bool again) {
        troubled = false;
        of.hooks_.on_live(again);
    }
    void on_trouble(std::string_view what, std::string_view why) {
        troubled = true;
        of.watch_.doubt();
        of.hooks_.on_trouble(what, why);
    }
    static link_options silent(link_options how) {
        how.answers = false;
        return how;
    }

    cluster_channels& of;
    node_address where;
    std::size_t held = 0;
    bool troubled = false;  // since it was last live
    bool refused = false;   // something that was asked for there
    subscriptions them;
    std::unique_ptr<node_line> line;
};

cluster_channels::cluster_channels(cluster_watch& watch, line_yard& yard, engine::random_source& random,
                                   hooks told)
    : watch_(watch), yard_(yard), random_(random), hooks_(std::move(told)) {
    plain_ = make_place({});
    told_ = watch_.when_known([this] { on_map(); });
}

cluster_channels::~cluster_channels() = default;

std::unique_ptr<cluster_channels::place> cluster_channels::make_place(const node_address& where) {
    return std::make_unique<place>(*this, where);
}

void cluster_channels::start() {
    running_ = true;
    if (watch_.map()) on_map();
}

void cluster_channels::stop() {
    running_ = false;
    plain_->line->link().stop();
    for (const auto& [where, each] : places_) each->line->link().stop();
}

// --- What is wanted

void cluster_channels::add(channel_kind kind, const std::string& name, channel_listener listener,
                           std::function<void()> effective) {
    if (kind != channel_kind::sharded) {
        ++plain_->held;
        plain_->them.add(kind, name, std::move(listener), std::move(effective));
        return lead_plain();
    }
    shard& made = shards_[name];
    made = {std::make_shared<const channel_listener>(std::move(listener)), std::move(effective), nullptr};
    settle(name, made);
}

void cluster_channels::remove(channel_kind kind, const std::string& name) {
    if (kind != channel_kind::sharded) return plain_->them.remove(kind, name);
    const auto found = shards_.find(name);
    if (found == shards_.end()) return;
    leave(name, found->second);
    shards_.erase(found);
}

bool cluster_channels::has(channel_kind kind, std::string_view name) const {
    return kind == channel_kind::sharded ? shards_.contains(name) : plain_->them.has(kind, name);
}

// --- Where it is listened to

void cluster_channels::on_map() {
    if (!running_) return;
    lead_plain();
    if (unsettled_ || settled_ != watch_.map()) settle_all();
}

void cluster_channels::settle_all() {
    settled_ = watch_.map();
    unsettled_ = false;
    for (auto& [name, each] : shards_) {
        settle(name, each);
        if (each.at && each.at->refused && !each.at->them.confirmed(channel_kind::sharded, name))
            each.at->them.ask_again(name);
    }
    for (const auto& [where, each] : places_) each->refused = false;
    retire_empty();
}

/// Any master, so that many servers spread over all; it is kept as long as it is there.
void cluster_channels::lead_plain() {
    if (!running_ || !watch_.map() || plain_->held == 0) return;
    auto& link = plain_->line->link();
    if (watch_.map()->knows(plain_->where) && (link.ready() || !plain_->troubled)) return;
    auto masters = watch_.map()->masters();
    if (masters.size() > 1) std::erase(masters, plain_->where);
    std::array<std::byte, 1> chance{};
    random_.fill(chance);
    plain_->where = masters[std::to_integer<std::size_t>(chance[0]) % masters.size()];
    plain_->troubled = false;
    if (!plain_->line->lead_to(plain_->where) && link.ready())
        link.reconnect("the node has left the cluster");
    link.start();
}

cluster_channels::place* cluster_channels::place_for(std::uint16_t slot) {
    const node_address* const owner = running_ && watch_.map() ? watch_.map()->owner(slot) : nullptr;
    if (!owner) return nullptr;
    auto& there = places_[*owner];
    if (!there) {
        there = make_place(*owner);
        there->line->lead_to(*owner);
        there->line->link().start();
    }
    return there.get();
}

void cluster_channels::settle(const std::string& name, shard& which) {
    place* const there = place_for(slot_of(name));
    if (!there) unsettled_ = true;
    if (!there || which.at == there) return;
    const bool was_heard = which.at && which.at->them.confirmed(channel_kind::sharded, name);
    leave(name, which);
    which.at = there;
    ++there->held;
    there->them.add(
        channel_kind::sharded, name,
        [kept = which.listener](std::string_view channel, std::string_view message) {
            (*kept)(channel, message);
        },
        which.effective);
    if (was_heard) hooks_.on_trouble(moved, lost);
}

void cluster_channels::leave(const std::string& name, shard& which) {
    if (!which.at) return;
    which.at->them.remove(channel_kind::sharded, name);
    --which.at->held;
    which.at = nullptr;
}

/// By Redis: the slot is elsewhere now.
void cluster_channels::on_ended(const std::string& name) {
    const auto found = shards_.find(name);
    if (found == shards_.end() || !found->second.at) return;
    --found->second.at->held;
    found->second.at = nullptr;
    unsettled_ = true;
    watch_.doubt();
    hooks_.on_trouble(moved, lost);
}

/// It names no channel: when the map is known anew, all that wait there for an answer are asked for again.
bool cluster_channels::on_refused(place& at, std::string_view error) {
    auto to = read_redirection(error);
    if (!to && !is_for_later(error)) return false;
    at.refused = unsettled_ = true;
    if (!to) return watch_.doubt(), true;
    if (to->to.host.empty()) to->to.host = at.where.host;
    watch_.learn(*to);
    return true;
}

void cluster_channels::retire_empty() {
    for (auto each = places_.begin(); each != places_.end();) {
        if (each->second->held != 0) {
            ++each;
            continue;
        }
        auto taken = std::move(each->second);
        each = places_.erase(each);
        taken->line->link().stop();
        yard_.bury(std::move(taken));
    }
}

}  // namespace kedge::cluster
