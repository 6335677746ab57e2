#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include <kedge/cluster/redis/redis_line.hpp>
#include <kedge/cluster/redis/redis_link.hpp>
#include <kedge/cluster/redis/stream_reader.hpp>
#include <kedge/cluster/redis/subscriptions.hpp>
#include <kedge/engine/log.hpp>
#include <kedge/transports/loop/worker.hpp>

namespace kedge::cluster {

/// This server's way to Redis: one connection for commands, so that all that it publishes has one order, and
/// one that listens. It lives on a worker, and is there whether or not Redis is.
class redis_client final : public transports::mortal, private link_user {
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

    redis_link& commands() noexcept { return commands_.link(); }
    subscriptions& channels() noexcept { return channels_; }
    transports::worker& home() noexcept { return home_; }
    redis_figures& figures() noexcept { return *where_.link.figures; }
    /// Tells the log what went wrong, but not again and again.
    void complain(std::string_view what, std::string_view why);

  private:
    void on_ready() override;
    void on_down() override;
    void on_trouble(std::string_view what, std::string_view why) override { complain(what, why); }
    void on_live(bool again);
    void say_when_well();

    struct reading;

    transports::worker& home_;
    redis_address where_;
    log_hook log_;
    std::string complaint_;  // the last one
    bool well_ = false;
    bool live_ = false;
    redis_line commands_;
    subscriptions channels_;
    redis_line listening_;
    std::map<std::string, std::unique_ptr<reading>> streams_;
};

}  // namespace kedge::cluster
