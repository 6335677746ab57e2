#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kedge/cluster/client/slot_map.hpp>
#include <kedge/cluster/redis/redis_link.hpp>

namespace kedge::cluster {

/// Knows which node of a Redis Cluster has which slots: asks one of them again and again, over a link that
/// leads to one after the other, and takes the word of those that say that a slot has moved.
class cluster_watch final : public link_user {
  public:
    struct hooks {
        /// The host by which the node that answers was reached.
        std::function<std::string()> asked{};
        std::function<void(std::string_view what, std::string_view why)> on_trouble{};
    };

    cluster_watch(engine::loop& home, hooks told);
    void use(redis_link& which) noexcept { link_ = &which; }
    /// Told first of all, and whenever a node has answered, in the order in which they came.
    /// `hook` is called as long as what this returns is kept.
    [[nodiscard]] std::shared_ptr<void> when_known(std::function<void()> hook);

    /// Nothing before a node has told it.
    const std::optional<slot_map>& map() const noexcept { return map_; }
    /// What a node said of a slot.
    void learn(const redirection& what);
    /// Something looks as if the map were old: asks soon.
    void doubt();
    /// A node that the map names cannot be reached; when that goes on, another node is asked.
    void miss();

    // link_user
    void on_ready() override { ask(); }
    void on_down() override { timer_.disarm(); }
    void on_trouble(std::string_view what, std::string_view why) override;

  private:
    void ask();
    void on_answer(resp_value reply);
    void on_time(engine::time_point) { ask(); }
    void tell();

    engine::loop& home_;
    hooks hooks_;
    redis_link* link_ = nullptr;
    std::optional<slot_map> map_;
    std::vector<std::weak_ptr<std::function<void()>>> known_;
    bool asking_ = false;
    bool in_doubt_ = false;
    unsigned missed_ = 0;
    engine::timer timer_;
};

}  // namespace kedge::cluster
