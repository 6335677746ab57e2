#include <kedge/cluster/client/cluster_nodes.hpp>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace kedge::cluster {

namespace {

constexpr engine::duration stranger_stays{15'000};

}  // namespace

/// A node, and the link to it.
struct cluster_nodes::node final : transports::mortal, link_user {
    node(cluster_nodes& in, node_address at)
        : of(in), where(std::move(at)), line(in.yard_.make(in.yard_.options(), *this)) {
        line->lead_to(where);
    }

    redis_link& link() const noexcept { return line->link(); }
    void on_ready() override {
        failed = false;
        of.on_node(*this);
    }
    void on_down() override { of.on_node(*this); }
    void on_room() override { of.hooks_.on_change(); }
    void on_trouble(std::string_view what, std::string_view why) override {
        of.hooks_.on_trouble(what, where.host + ':' + std::to_string(where.port) + ": " + std::string(why));
        if (link().ready()) return;  // on_down() follows
        failed = true;
        of.watch_.miss();
        of.on_node(*this);
    }

    cluster_nodes& of;
    node_address where;
    bool failed = false;              // since it was last ready
    engine::time_point kept_until{};  // though the map does not have it
    std::unique_ptr<node_line> line;
};

cluster_nodes::cluster_nodes(engine::loop& home, cluster_watch& watch, line_yard& yard,
                             engine::random_source& random, hooks told)
    : home_(home), watch_(watch), yard_(yard), random_(random), hooks_(std::move(told)) {
    told_ = watch_.when_known([this] { on_map(); });
}

cluster_nodes::~cluster_nodes() = default;

void cluster_nodes::stop() {
    over_ = true;
    seat_ = nullptr;
    for (const auto& [where, each] : nodes_) each->link().stop();
}

void cluster_nodes::on_map() {
    if (over_) return;
    for (const auto& each : watch_.map()->nodes()) at(each.where);
    retire_strangers();
    choose_seat();
    hooks_.on_change();
}

cluster_nodes::node& cluster_nodes::at(const node_address& which) {
    auto& there = nodes_[which];
    if (!there) {
        there = std::make_unique<node>(*this, which);
        there->link().start();
    }
    return *there;
}

void cluster_nodes::name(const node_address& which) {
    at(which).kept_until = engine::later(home_.now(), stranger_stays);
}

/// Nodes that have gone from the map, as those that were replaced.
void cluster_nodes::retire_strangers() {
    std::vector<std::unique_ptr<node>> gone;
    for (auto each = nodes_.begin(); each != nodes_.end();) {
        if (watch_.map()->knows(each->first) || home_.now() < each->second->kept_until) {
            ++each;
            continue;
        }
        if (seat_ == each->second.get()) seat_ = nullptr;
        gone.push_back(std::move(each->second));
        each = nodes_.erase(each);
    }
    for (auto& each : gone) {
        each->link().stop();
        yard_.bury(std::move(each));
    }
}

void cluster_nodes::on_node(const node& which) {
    if (over_) return;
    if (!which.link().ready()) watch_.doubt();
    if (seat_ == &which && !which.link().ready()) seat_ = nullptr;
    choose_seat();
    hooks_.on_change();
}

/// Any master, so that many servers spread over all.
void cluster_nodes::choose_seat() {
    if (seat_ || !watch_.map()) return;
    const auto masters = watch_.map()->masters();
    std::array<std::byte, 1> chance{};
    random_.fill(chance);
    const auto first = std::to_integer<std::size_t>(chance[0]);
    for (std::size_t i = 0; i < masters.size() && !seat_; ++i) {
        const auto found = nodes_.find(masters[(first + i) % masters.size()]);
        if (found != nodes_.end() && found->second->link().ready()) seat_ = found->second.get();
    }
}

redis_link* cluster_nodes::ready(const node_address* which) const {
    const auto found = which ? nodes_.find(*which) : nodes_.end();
    return found != nodes_.end() && found->second->link().ready() ? &found->second->link() : nullptr;
}

redis_link* cluster_nodes::seat() const noexcept {
    return seat_ ? &seat_->link() : nullptr;
}

bool cluster_nodes::all_known() const {
    return std::all_of(nodes_.begin(), nodes_.end(),
                       [](const auto& each) { return each.second->failed || each.second->link().ready(); });
}

std::vector<redis_link*> cluster_nodes::all_there() const {
    std::vector<redis_link*> made;
    for (const auto& [where, each] : nodes_)
        if (each->link().ready()) made.push_back(&each->link());
    return made;
}

}  // namespace kedge::cluster
