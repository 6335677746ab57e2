#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <kedge/cluster/redis/channel_port.hpp>
#include <kedge/cluster/redis/redis_link.hpp>
#include <kedge/engine/function.hpp>
#include <kedge/engine/keyed_hash.hpp>

namespace kedge::cluster {

/// What a link is subscribed to: what is wanted is asked for, and asked for again on each new connection.
class subscriptions final : public channel_port, public link_user {
  public:
    /// Told of what the link says.
    struct hooks {
        /// All that was wanted when the connection was made is heard. `again`: it was heard before, and what
        /// was published meanwhile is lost.
        std::function<void(bool again)> on_live{};
        std::function<void()> on_down{};
        std::function<void(std::string_view what, std::string_view why)> on_trouble{};
        /// Redis has ended a subscription that nobody here ended. It is forgotten by then.
        std::function<void(channel_kind kind, const std::string& name, channel_listener who)> on_ended{};
        /// Whether an error that Redis answered with is dealt with; else it is trouble.
        std::function<bool(std::string_view error)> on_refused{};
    };

    explicit subscriptions(hooks told) : hooks_(std::move(told)) {}
    void use(redis_link& which) noexcept { link_ = &which; }

    // channel_port
    void add(channel_kind kind, const std::string& name, channel_listener listener,
             std::function<void()> effective = {}) override;
    void remove(channel_kind kind, const std::string& name) override;
    bool has(channel_kind kind, std::string_view name) const override;
    /// Whether Redis has said that it is heard.
    bool confirmed(channel_kind kind, std::string_view name) const;
    /// Asks for a sharded channel once more, which Redis has refused.
    void ask_again(const std::string& name);

    // link_user
    void on_ready() override;
    void on_down() override;
    void on_push(resp_value message) override;
    void on_trouble(std::string_view what, std::string_view why) override;

  private:
    struct subscription {
        std::shared_ptr<const channel_listener> listener;
        bool confirmed = false;
        std::shared_ptr<const std::function<void()>> effective{};
    };
    using table = engine::keyed_map<std::string, subscription>;

    table& of(channel_kind kind) noexcept { return tables_[static_cast<std::size_t>(kind)]; }
    const table& of(channel_kind kind) const noexcept { return tables_[static_cast<std::size_t>(kind)]; }
    void ask_for_all(channel_kind kind);
    void on_confirmed(channel_kind kind, std::string_view name);
    void on_ended(channel_kind kind, std::string_view name);
    void deliver(channel_kind kind, std::string_view name, std::string_view channel,
                 std::string_view message);
    void check_live();

    hooks hooks_;
    redis_link* link_ = nullptr;
    table tables_[3];
    engine::keyed_map<std::string, unsigned> ending_;  // sharded ones that Redis was told to end
    std::size_t missing_ = 0;                          // confirmations until all is heard
    bool live_ = false;
    bool was_live_ = false;
};

}  // namespace kedge::cluster
