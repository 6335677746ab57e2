#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include <kedge/cluster/client/redis_way.hpp>
#include <kedge/engine/log.hpp>

namespace kedge::cluster {

/// This server's way to Redis, and what its log is told of it. It lives on a worker, and is there whether or
/// not Redis is.
class redis_client final : public transports::mortal {
  public:
    using log_hook = std::function<void(log_level, std::string_view what, std::string_view why)>;

    redis_client(transports::worker& home, const redis_address& where, log_hook log);
    ~redis_client() override;

    void start();
    /// Ends the connections when what was sent has left.
    void stop();
    /// Reads a stream over a connection of its own, until it is let go.
    stream_reader& read_stream(const std::string& name, const stream_reader::settings& how);
    void let_go(stream_reader& which);

    command_port& commands() noexcept { return way_->commands(); }
    channel_port& channels() noexcept { return way_->channels(); }
    transports::worker& home() noexcept { return home_; }
    redis_figures& figures() noexcept { return *figures_; }
    /// Tells the log what went wrong, but not again and again.
    void complain(std::string_view what, std::string_view why);

  private:
    void on_live(bool again);
    void say_when_well();

    transports::worker& home_;
    std::shared_ptr<redis_figures> figures_;
    log_hook log_;
    std::map<std::string, engine::time_point> complaints_;  // and when each was last heard
    bool well_ = false;
    bool live_ = false;
    std::unique_ptr<redis_way> way_;
    std::map<std::string, std::unique_ptr<redis_way::reading>> streams_;
};

}  // namespace kedge::cluster
