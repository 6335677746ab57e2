#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include <kedge/engine/timer_wheel.hpp>
#include <kedge/transports/http/exchange.hpp>
#include <kedge/transports/http/http_front.hpp>

namespace kedge::transports {

/// What an application answers itself. Does not change once the server runs.
struct application_hooks {
    std::function<void(exchange)> on_request{};  ///< is given requests with their body; empty: they are 404
    /// Is given upgrade requests, and how long they may wait for a claim; none: for ever.
    std::function<void(upgrade_offer)> on_upgrade{};
    std::optional<engine::duration> claim_timeout{};
    /// Whether upgrade requests are something of their own, though nobody claims them.
    bool upgrades = false;
};

/// The application's front: takes whatever is nobody else's.
class application_front final : public http_front {
  public:
    explicit application_front(std::shared_ptr<const application_hooks> hooks) noexcept
        : hooks_(std::move(hooks)) {}

    bool serves(const engine::request&) const noexcept override { return true; }
    void admit(connection& at) override;

  private:
    void wait_for_claim(connection& at);

    std::shared_ptr<const application_hooks> hooks_;
};

}  // namespace kedge::transports
