#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <kedge/cluster/client/cluster_watch.hpp>
#include <kedge/cluster/client/node_line.hpp>
#include <kedge/cluster/redis/subscriptions.hpp>
#include <kedge/engine/keyed_hash.hpp>
#include <kedge/engine/random.hpp>

namespace kedge::cluster {

/// What is listened to in a Redis Cluster: plain channels and patterns at any master, since the nodes tell
/// each other what is published; sharded ones at the master that has their slot, and where it moves.
class cluster_channels final : public channel_port {
  public:
    struct hooks {
        /// As of subscriptions, of each node.
        std::function<void(bool again)> on_live{};
        std::function<void()> on_down{};
        std::function<void(std::string_view what, std::string_view why)> on_trouble{};
    };

    cluster_channels(cluster_watch& watch, line_yard& yard, engine::random_source& random, hooks told);
    ~cluster_channels();
    cluster_channels(const cluster_channels&) = delete;
    cluster_channels& operator=(const cluster_channels&) = delete;

    /// From here on; what was added before is listened to.
    void start();
    void stop();

    // channel_port
    void add(channel_kind kind, const std::string& name, channel_listener listener,
             std::function<void()> effective = {}) override;
    void remove(channel_kind kind, const std::string& name) override;
    bool has(channel_kind kind, std::string_view name) const override;

  private:
    /// A line, and what is listened to over it.
    struct place;
    /// A sharded channel, and where it is listened to: nowhere while nobody is known to have its slot.
    struct shard {
        std::shared_ptr<const channel_listener> listener;
        std::function<void()> effective;
        place* at = nullptr;
    };

    void on_map();
    std::unique_ptr<place> make_place(const node_address& where);
    place* place_for(std::uint16_t slot);
    void settle(const std::string& name, shard& which);
    void leave(const std::string& name, shard& which);
    void on_ended(const std::string& name);
    bool on_refused(place& at, std::string_view error);
    void retire_empty();
    void lead_plain();
    void settle_all();

    cluster_watch& watch_;
    line_yard& yard_;
    engine::random_source& random_;
    hooks hooks_;
    std::unique_ptr<place> plain_;
    std::map<node_address, std::unique_ptr<place>> places_;
    engine::keyed_map<std::string, shard> shards_;
    std::shared_ptr<void> told_;
    std::optional<slot_map> settled_;  // by which all are where they are
    bool unsettled_ = false;           // some are not
    bool running_ = false;
};

}  // namespace kedge::cluster
