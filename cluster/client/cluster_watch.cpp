#include <kedge/cluster/client/cluster_watch.hpp>

#include <utility>

#include <kedge/cluster/redis/resp_writer.hpp>

namespace kedge::cluster {

namespace {

constexpr engine::duration between_questions{1000};
constexpr engine::duration when_in_doubt{100};
constexpr unsigned patience = 5;  // failures to reach nodes that one teller is believed through

}  // namespace

cluster_watch::cluster_watch(engine::loop& home, hooks told)
    : home_(home),
      hooks_(std::move(told)),
      timer_(engine::timer::calls<&cluster_watch::on_time, cluster_watch>(), this) {}

void cluster_watch::on_trouble(std::string_view, std::string_view why) {
    if (!map_) hooks_.on_trouble("no node of the Redis Cluster can be reached", why);
}

void cluster_watch::ask() {
    if (!link_->ready() || std::exchange(asking_, true)) return;
    in_doubt_ = false;
    timer_.disarm();
    link_->send(make_command({"CLUSTER", "SLOTS"}), [this](resp_value reply) { on_answer(reply); });
}

/// One that makes no sense, or tells of nodes that are not there, is left for the next.
void cluster_watch::on_answer(resp_value reply) {
    asking_ = false;
    if (!link_->ready()) return;
    auto read = slot_map::read(reply, hooks_.asked());
    if (!read) {
        hooks_.on_trouble("a node of the Redis Cluster does not know the slots",
                          reply.is_error() ? reply.text() : "");
        return link_->reconnect("it does not know the slots");
    }
    map_ = std::move(read);
    home_.timers().arm(timer_, home_.now() + (in_doubt_ ? when_in_doubt : between_questions));
    tell();
    if (missed_ < patience) return;
    missed_ = 0;
    link_->reconnect("nodes that it names cannot be reached");
}

void cluster_watch::learn(const redirection& what) {
    if (map_ && what.for_good) map_->set_owner(what.slot, what.to);
    doubt();
}

void cluster_watch::doubt() {
    if (std::exchange(in_doubt_, true) || asking_ || !link_->ready()) return;
    home_.timers().arm(timer_, home_.now() + when_in_doubt);
}

void cluster_watch::miss() {
    ++missed_;
    doubt();
}

std::shared_ptr<void> cluster_watch::when_known(std::function<void()> hook) {
    auto kept = std::make_shared<std::function<void()>>(std::move(hook));
    known_.push_back(kept);
    return kept;
}

void cluster_watch::tell() {
    std::erase_if(known_, [](const auto& each) { return each.expired(); });
    for (std::size_t i = 0; i < known_.size(); ++i)
        if (const auto kept = known_[i].lock()) (*kept)();
}

}  // namespace kedge::cluster
