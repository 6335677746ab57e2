#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <kedge/cluster/client/cluster_nodes.hpp>
#include <kedge/cluster/client/cluster_watch.hpp>
#include <kedge/cluster/redis/command_port.hpp>

namespace kedge::cluster {

/// Gives each command to the node of a Redis Cluster that has its key. Commands for one slot keep their
/// order, also while the slot moves; so do those that have no key, all of which go to one master. What a node
/// refuses since it does not have the slot, any more or yet, is given to the one that has; what was under way
/// when a link broke is given to nobody again.
class cluster_commands final : public command_port {
  public:
    struct hooks {
        std::function<void()> on_ready{};
        std::function<void()> on_down{};
        std::function<void(std::string_view what, std::string_view why)> on_trouble{};
    };

    cluster_commands(engine::loop& home, cluster_watch& watch, line_yard& yard, engine::random_source& random,
                     hooks told);
    ~cluster_commands();
    cluster_commands(const cluster_commands&) = delete;
    cluster_commands& operator=(const cluster_commands&) = delete;

    /// Ends the links when what was sent has left. What waits is dropped.
    void stop();

    // command_port
    bool ready() const noexcept override { return nodes_.seat() != nullptr; }
    void send(std::string_view command, answer on_answer = {}) override;
    void send_or_drop(std::string_view command) override;
    void ask(std::string_view command, answer on_answer) override;

  private:
    struct order;
    /// The commands of one slot, or those without one.
    struct lane;
    using order_ptr = std::shared_ptr<order>;
    static constexpr unsigned no_slot = slot_count;

    static unsigned slot_in(const command_route& route) noexcept;
    order_ptr make_order(const command_route& route, std::string_view command, answer on_answer);
    bool collect(const command_route& route, std::string_view command, answer& on_answer, bool patient);
    redis_link* target(const order& one) const;
    redis_link* free_target(const order& one, const lane& in) const;
    void put(const order_ptr& one);
    void put_or_refuse(const order_ptr& one, bool patient);
    void wait(const order_ptr& one);
    void shed();
    void transmit(redis_link& to, lane& in, const order_ptr& one);
    void on_reply(const order_ptr& one, std::size_t part, const node_address& from, resp_value reply);
    bool give_on(order& one, const node_address& from, std::string_view error);
    void refuse_impatient(lane& in, std::string_view error);
    void flush(unsigned slot);
    void on_change();
    void on_time(engine::time_point) { on_change(); }
    void ask_everywhere(const std::string& command, answer on_answer);
    redis_figures& figures() const noexcept { return *yard_.options().figures; }

    engine::loop& home_;
    cluster_watch& watch_;
    line_yard& yard_;
    hooks hooks_;
    cluster_nodes nodes_;
    std::unordered_map<unsigned, lane> lanes_;
    std::map<std::uint64_t, order_ptr> waiting_;  // in all lanes, by number
    std::size_t waiting_bytes_ = 0;
    std::uint64_t last_number_ = 0;
    order_ptr collected_;                // since MULTI
    std::vector<engine::task> unasked_;  // questions to all nodes, while it is not known who is there
    engine::timer timer_;
    bool was_ready_ = false;
    bool over_ = false;
};

}  // namespace kedge::cluster
