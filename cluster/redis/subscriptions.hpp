#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <kedge/cluster/redis/redis_link.hpp>
#include <kedge/engine/function.hpp>
#include <kedge/engine/keyed_hash.hpp>

namespace kedge::cluster {

enum class channel_kind : std::uint8_t {
    plain,    ///< SUBSCRIBE
    pattern,  ///< PSUBSCRIBE
    sharded,  ///< SSUBSCRIBE
};

/// Who is told what is published on a channel: for a pattern, on which.
using channel_listener = std::function<void(std::string_view channel, std::string_view message)>;

/// What a link is subscribed to: what is wanted is asked for, and asked for again on each new connection.
class subscriptions final : public link_user {
  public:
    /// Told of what the link says.
    struct hooks {
        /// All that was wanted when the connection was made is heard. `again`: it was heard before, and what
        /// was published meanwhile is lost.
        std::function<void(bool again)> on_live{};
        std::function<void()> on_down{};
        std::function<void(std::string_view what, std::string_view why)> on_trouble{};
    };

    explicit subscriptions(hooks told) : hooks_(std::move(told)) {}
    void use(redis_link& which) noexcept { link_ = &which; }

    /// Listens to a channel that nobody here listens to. `effective` is called once when Redis has confirmed
    /// it: what is published from then on is heard.
    void add(channel_kind kind, const std::string& name, channel_listener listener,
             engine::task effective = {});
    void remove(channel_kind kind, const std::string& name);
    bool has(channel_kind kind, std::string_view name) const;

    // link_user
    void on_ready() override;
    void on_down() override;
    void on_push(resp_value message) override;
    void on_trouble(std::string_view what, std::string_view why) override;

  private:
    struct subscription {
        std::shared_ptr<const channel_listener> listener;
        bool confirmed = false;
        std::vector<engine::task> waiting;
    };
    using table = engine::keyed_map<std::string, subscription>;

    table& of(channel_kind kind) noexcept { return tables_[static_cast<std::size_t>(kind)]; }
    const table& of(channel_kind kind) const noexcept { return tables_[static_cast<std::size_t>(kind)]; }
    void ask_for_all(channel_kind kind);
    void on_confirmed(channel_kind kind, std::string_view name);
    void deliver(channel_kind kind, std::string_view name, std::string_view channel,
                 std::string_view message);
    void check_live();

    hooks hooks_;
    redis_link* link_ = nullptr;
    table tables_[3];
    std::size_t missing_ = 0;  // confirmations until all is heard
    bool live_ = false;
    bool was_live_ = false;
};

}  // namespace kedge::cluster
