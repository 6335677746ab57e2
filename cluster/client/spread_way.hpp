#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <kedge/cluster/client/redis_way.hpp>

namespace kedge::cluster {

/// Several ways to the same Redis, since one connection takes only so much: each channel goes by one of them.
class spread_way final : public redis_way {
  public:
    /// Makes one of the ways.
    using maker = std::function<std::unique_ptr<redis_way>(redis_way::hooks)>;

    spread_way(std::size_t lanes, const maker& make, hooks told);

    void start(bool listening) override;
    void stop() override;
    command_port& commands() noexcept override { return commands_; }
    channel_port& channels() noexcept override { return channels_; }
    std::unique_ptr<reading> read(const std::string& name, const stream_reader::settings& how) override;

  private:
    struct lane {
        std::unique_ptr<redis_way> way;
        bool ready = false;
        bool live = false;
        bool again = false;
    };
    class spread_commands final : public command_port {
      public:
        explicit spread_commands(spread_way& of) noexcept : of_(of) {}
        bool ready() const noexcept override;
        void send(std::string_view command, answer on_answer) override;
        void send_or_drop(std::string_view command) override;
        void ask(std::string_view command, answer on_answer) override;

      private:
        command_port& port_for(std::string_view command) const noexcept;
        spread_way& of_;
    };
    class spread_channels final : public channel_port {
      public:
        explicit spread_channels(spread_way& of) noexcept : of_(of) {}
        void add(channel_kind kind, const std::string& name, channel_listener listener,
                 std::function<void()> effective) override;
        void remove(channel_kind kind, const std::string& name) override;
        bool has(channel_kind kind, std::string_view name) const override;

      private:
        channel_port& port_for(channel_kind kind, std::string_view name) const noexcept;
        spread_way& of_;
    };

    redis_way::hooks hooks_of(std::size_t index);
    bool all(bool lane::*which) const noexcept;

    hooks hooks_;
    std::vector<lane> lanes_;
    spread_commands commands_{*this};
    spread_channels channels_{*this};
};

}  // namespace kedge::cluster
