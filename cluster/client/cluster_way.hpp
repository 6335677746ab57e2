#pragma once

#include <memory>
#include <string>

#include <kedge/cluster/client/cluster_channels.hpp>
#include <kedge/cluster/client/cluster_commands.hpp>
#include <kedge/cluster/client/cluster_watch.hpp>
#include <kedge/cluster/client/node_line.hpp>
#include <kedge/cluster/client/redis_way.hpp>

namespace kedge::cluster {

/// A Redis Cluster: somebody who knows which node has what, a link to each node for commands, and links to
/// those where something is listened to.
class cluster_way final : public redis_way {
  public:
    cluster_way(transports::worker& home, const redis_address& where, hooks told);

    void start(bool listening) override;
    void stop() override;
    command_port& commands() noexcept override { return commands_; }
    channel_port& channels() noexcept override { return channels_; }
    std::unique_ptr<reading> read(const std::string& name, const stream_reader::settings& how) override;

  private:
    void lead_teller();

    transports::random_openssl chance_;
    worker_yard yard_;
    hooks hooks_;
    std::vector<transports::dial_address> given_;
    redis_connection net_;  // to the node that is asked which has what
    cluster_watch watch_;
    redis_link teller_;
    cluster_commands commands_;
    cluster_channels channels_;
    engine::loop& home_;
    std::shared_ptr<void> told_;
};

}  // namespace kedge::cluster
