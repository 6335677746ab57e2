#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string_view>
#include <vector>

#include <kedge/cluster/client/cluster_watch.hpp>
#include <kedge/cluster/client/node_line.hpp>
#include <kedge/engine/random.hpp>

namespace kedge::cluster {

/// A link to each node of a Redis Cluster, replicas included.
class cluster_nodes {
  public:
    struct hooks {
        /// Something may go on that had to wait.
        std::function<void()> on_change{};
        std::function<void(std::string_view what, std::string_view why)> on_trouble{};
    };

    cluster_nodes(engine::loop& home, cluster_watch& watch, line_yard& yard, engine::random_source& random,
                  hooks told);
    ~cluster_nodes();
    cluster_nodes(const cluster_nodes&) = delete;
    cluster_nodes& operator=(const cluster_nodes&) = delete;

    /// Ends all links.
    void stop();
    /// That of a node, if it is ready; else null.
    redis_link* ready(const node_address* which) const;
    /// That of a master, the same as long as it is ready; null while none is, and until what the one before
    /// has told the other nodes has been read by them.
    redis_link* seat() const noexcept;
    /// Somebody says that there is such a node, which the map may not have yet.
    void name(const node_address& which);
    /// Whether it is known of each node whether it is there.
    bool all_known() const;
    /// Those that are there.
    std::vector<redis_link*> all_there() const;

  private:
    struct node;

    void on_map();
    void on_node(const node& which);
    node& at(const node_address& which);
    void retire_strangers();
    void choose_seat();
    void leave_seat();
    void ping_twice(redis_link& which, const std::shared_ptr<std::size_t>& left);
    void on_settled();
    void on_patience(engine::time_point) { on_settled(); }

    engine::loop& home_;
    cluster_watch& watch_;
    line_yard& yard_;
    engine::random_source& random_;
    hooks hooks_;
    std::map<node_address, std::unique_ptr<node>> nodes_;
    node* seat_ = nullptr;
    std::shared_ptr<std::size_t> unsettled_;  // nodes that may have something of the last seat to read
    engine::timer patience_;
    std::shared_ptr<void> told_;
    bool over_ = false;
};

}  // namespace kedge::cluster
