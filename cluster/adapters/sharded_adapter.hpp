#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <kedge/cluster/adapters/fleet_adapter.hpp>
#include <kedge/cluster/messages/cluster_form.hpp>
#include <kedge/engine/keyed_hash.hpp>

namespace kedge::cluster {

/// For which rooms a node listens to channels of their own. All nodes of a fleet must agree.
enum class subscription_mode : std::uint8_t {
    static_,          ///< none
    dynamic,          ///< those that sockets have joined
    dynamic_private,  ///< those, and those that sockets have by themselves
};

struct sharded_options {
    std::string channel_prefix = "socket.io";
    subscription_mode mode = subscription_mode::dynamic;
    engine::duration requests_timeout{5000};
};

/// The adapter that shares a fleet with `createShardedAdapter` of `@socket.io/redis-adapter`: SPUBLISH and
/// SSUBSCRIBE, from Redis 7 on. What is for one room goes only to the nodes where it is.
class sharded_adapter final : public fleet_adapter {
  public:
    sharded_adapter(adapter_host& host, std::shared_ptr<fleet> shared, const sharded_options& options);

    data_form wants() const noexcept override { return data_form::json_or_msgpack; }
    void add_sockets(broadcast_options which, std::vector<std::string> rooms) override;
    void on_create_room(std::string_view room, room_kind kind) override;
    void on_delete_room(std::string_view room) override;

  private:
    void listen(channel_port& channels) override;
    void end_listening(channel_port& channels) override;
    std::string command_of(const outgoing_message& message) const override;
    std::string count_command(const std::vector<std::string>& named) const override;

    std::string channel_of(const outgoing_message& message) const;
    std::string channel_of(std::string_view name) const { return public_channel_ + std::string(name) + '#'; }
    bool has_channel(std::string_view room, room_kind kind) const noexcept;
    bool joined_lately(const std::string& room) const;
    void subscribe(channel_port& channels, const std::string& name);
    void on_published(std::string_view message);

    sharded_options options_;
    cluster_form form_;
    std::string public_channel_;
    engine::keyed_set<std::string> rooms_;  // with channels; on the first worker
    mutable std::mutex lately_lock_;
    mutable engine::keyed_map<std::string, std::chrono::steady_clock::time_point> lately_;
};

}  // namespace kedge::cluster
