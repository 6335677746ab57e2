#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include <kedge/cluster/client/redis_client.hpp>
#include <kedge/socketio/rooms/adapter_host.hpp>

namespace kedge::cluster {

/// What the adapters of a server share: its way to Redis, which is there as long as one of them is. Servers
/// that were given the same options have one each.
class fleet {
  public:
    /// Throws what says which option is wrong.
    explicit fleet(const redis_options& options) : where_(check_address(options)) {}

    /// The client of the worker whose turn this is, made for the first that enters. Null when this is no
    /// worker of ours.
    redis_client* enter(adapter_host& who);
    /// On the same worker. The last ends the client.
    void leave(adapter_host& who);

  private:
    struct place {
        redis_client* client = nullptr;  // owned by the worker
        std::vector<adapter_host*> members;
    };

    place& here(transports::worker& home);
    void log(const place& at, log_level level, std::string_view what, std::string_view why) const;

    redis_address where_;
    std::mutex lock_;  // of the map; each place is its worker's own
    std::map<transports::worker*, place> places_;
};

}  // namespace kedge::cluster
