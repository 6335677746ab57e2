#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <kedge/cluster/redis/redis_link.hpp>
#include <kedge/transports/net/dialer.hpp>

namespace kedge::cluster {

/// Asks a sentinel again and again which server is the master, over a link that leads to one of them.
class sentinel_watch final : public link_user {
  public:
    struct hooks {
        /// First of all, and when it is another.
        std::function<void(const transports::dial_address& master)> on_master{};
        std::function<void(std::string_view what, std::string_view why)> on_trouble{};
    };

    /// `master` is what the sentinels call it.
    sentinel_watch(engine::loop& home, std::string master, hooks told);
    void use(redis_link& which) noexcept { link_ = &which; }

    // link_user
    void on_ready() override;
    void on_down() override;
    void on_trouble(std::string_view what, std::string_view why) override;

  private:
    void ask();
    void on_answer(resp_value reply);
    void on_time(engine::time_point) { ask(); }

    engine::loop& home_;
    std::string name_;
    hooks hooks_;
    redis_link* link_ = nullptr;
    std::optional<transports::dial_address> master_;
    engine::timer again_;
};

}  // namespace kedge::cluster
