#include <kedge/cluster/client/cluster_way.hpp>

#include <utility>

#include <kedge/cluster/client/cluster_reading.hpp>

namespace kedge::cluster {

cluster_way::cluster_way(transports::worker& home, const redis_address& where, hooks told)
    : yard_(home, where),
      hooks_(std::move(told)),
      given_(where.nodes),
      net_(home, where.nodes, where.tls),
      watch_(home, {.asked = [this] { return net_.host(); }, .on_trouble = hooks_.on_trouble}),
      teller_(home, net_, chance_, where.link, watch_),
      commands_(
          home, watch_, yard_, chance_,
          {.on_ready = hooks_.on_ready, .on_down = hooks_.on_not_ready, .on_trouble = hooks_.on_trouble}),
      channels_(watch_, yard_, chance_,
                {.on_live = hooks_.on_live, .on_down = hooks_.on_not_live, .on_trouble = hooks_.on_trouble}),
      home_(home) {
    net_.use(teller_);
    watch_.use(teller_);
    told_ = watch_.when_known([this] { lead_teller(); });
}

/// All nodes that are known may be asked, and those that were given: others may be gone for good.
void cluster_way::lead_teller() {
    std::vector<transports::dial_address> all;
    for (const auto& each : watch_.map()->nodes()) all.push_back(each.where.dial());
    all.insert(all.end(), given_.begin(), given_.end());
    net_.lead_to(std::move(all));
}

void cluster_way::start(bool listening) {
    teller_.start();
    if (listening) channels_.start();
}

void cluster_way::stop() {
    teller_.stop();
    commands_.stop();
    channels_.stop();
}

std::unique_ptr<redis_way::reading> cluster_way::read(const std::string& name,
                                                      const stream_reader::settings& how) {
    return std::make_unique<cluster_reading>(home_, watch_, yard_, name, how, hooks_.on_trouble);
}

}  // namespace kedge::cluster
