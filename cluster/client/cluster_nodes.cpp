#include <kedge/cluster/client/cluster_nodes.hpp>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include <kedge/cluster/redis/resp_writer.hpp>

namespace kedge::cluster {

namespace {

constexpr engine::duration stranger_stays{15'000};
constexpr engine::duration settles_within{1'000};

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
    : home_(home),
      watch_(watch),
      yard_(yard),
      random_(random),
      hooks_(std::move(told)),
      patience_(engine::timer::calls<&cluster_nodes::on_patience, cluster_nodes>(), this) {
    told_ = watch_.when_known([this] { on_map(); });
}

cluster_nodes::~cluster_nodes() = default;

void cluster_nodes::stop() {
    over_ = true;
    seat_ = nullptr;
    patience_.disarm();
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
    bool left_seat = false;
    for (auto each = nodes_.begin(); each != nodes_.end();) {
        if (watch_.map()->knows(each->first) || home_.now() < each->second->kept_until) {
            ++each;
            continue;
        }
        left_seat = left_seat || seat_ == each->second.get();
        gone.push_back(std::move(each->second));
        each = nodes_.erase(each);
    }
    if (left_seat) leave_seat();
    for (auto& each : gone) {
        each->link().stop();
        yard_.bury(std::move(each));
    }
}

void cluster_nodes::on_node(const node& which) {
    if (over_) return;
    if (!which.link().ready()) watch_.doubt();
    if (seat_ == &which && !which.link().ready()) leave_seat();
    choose_seat();
    hooks_.on_change();
}

/// Any master, so that many servers spread over all.
void cluster_nodes::choose_seat() {
    if (seat_ || unsettled_ || !watch_.map()) return;
    const auto masters = watch_.map()->masters();
    std::array<std::byte, 1> chance{};
    random_.fill(chance);
    const auto first = std::to_integer<std::size_t>(chance[0]);
    for (std::size_t i = 0; i < masters.size() && !seat_; ++i) {
        const auto found = nodes_.find(masters[(first + i) % masters.size()]);
        if (found != nodes_.end() && found->second->link().ready()) seat_ = found->second.get();
    }
}

/// What was published at the seat comes to the others over the cluster's own connections. What is published
/// elsewhere must not overtake it: the others have read it when they have answered twice, since between two
/// commands of one connection a node reads what there is on all.
void cluster_nodes::leave_seat() {
    seat_ = nullptr;
    const auto there = all_there();
    unsettled_ = std::make_shared<std::size_t>(there.size());
    home_.timers().arm(patience_, engine::later(home_.now(), settles_within));
    if (there.empty()) on_settled();
    for (auto* const each : there) ping_twice(*each, unsettled_);
}

void cluster_nodes::ping_twice(redis_link& which, const std::shared_ptr<std::size_t>& left) {
    const auto answered = [this, left](resp_value) {
        if (--*left == 0 && left == unsettled_) on_settled();
    };
    which.send(make_command({"PING"}), [&which, answered](resp_value reply) {
        reply.is_error() ? answered(reply) : which.send(make_command({"PING"}), answered);
    });
}

void cluster_nodes::on_settled() {
    unsettled_ = nullptr;
    patience_.disarm();
    if (over_) return;
    choose_seat();
    hooks_.on_change();
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
