#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <kedge/cluster/redis/channel_port.hpp>
#include <kedge/cluster/redis/command_port.hpp>
#include <kedge/cluster/redis/redis_line.hpp>
#include <kedge/cluster/redis/stream_reader.hpp>
#include <kedge/transports/loop/worker.hpp>

namespace kedge::cluster {

/// How Redis is reached: one server, or a cluster of many.
class redis_way {
  public:
    /// Told of what becomes of it.
    struct hooks {
        std::function<void()> on_ready{};  ///< commands reach Redis
        std::function<void()> on_not_ready{};
        /// Channels are heard; `again`: they were before.
        std::function<void(bool again)> on_live{};
        std::function<void()> on_not_live{};
        std::function<void(std::string_view what, std::string_view why)> on_trouble{};
    };

    virtual ~redis_way() = default;
    /// Begins with commands, and with `listening` with channels too.
    virtual void start(bool listening) = 0;
    /// Ends the connections when what was sent has left.
    virtual void stop() = 0;
    virtual command_port& commands() noexcept = 0;
    virtual channel_port& channels() noexcept = 0;

    /// A stream that is read over a connection of its own.
    class reading : public transports::mortal {
      public:
        virtual stream_reader& reader() noexcept = 0;
        virtual void start() = 0;
        virtual void stop() = 0;
    };
    virtual std::unique_ptr<reading> read(const std::string& name, const stream_reader::settings& how) = 0;
};

}  // namespace kedge::cluster
