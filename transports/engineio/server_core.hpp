#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kedge/engine/handler.hpp>
#include <kedge/transports/engineio/entrance.hpp>
#include <kedge/transports/engineio/relief.hpp>
#include <kedge/transports/engineio/server_options.hpp>
#include <kedge/transports/engineio/site.hpp>
#include <kedge/transports/net/random_openssl.hpp>
#include <kedge/transports/pages/client_bundles.hpp>

namespace kedge::transports {

/// What all workers of a server share. Immutable once the server runs.
struct server_core final : engine::handler {
    explicit server_core(server_options given);

    server_options options;
    std::string prefix;  ///< of the targets that are the engine's
    bool websocket = false;
    std::optional<bundle_server> bundles;  ///< the client's files, where they are served
    random_openssl random;
    engine::handler* above = nullptr;
    std::function<void(exchange)> on_request;
    std::function<void(upgrade_offer)> on_upgrade;
    std::vector<std::unique_ptr<const entrance>> entrances;
    std::vector<std::unique_ptr<site>> sites;
    std::atomic<bool> closing{false};  ///< no more sessions are opened
    std::size_t unattended_limit = 0;  ///< per site; see server_options::max_unattended_sessions

    /// Whether the target is the engine's: a raw comparison of its beginning.
    bool serves(std::string_view target) const noexcept { return target.starts_with(prefix); }
    /// Whether this is an upgrade request that the engine answers as such.
    bool upgrades(const engine::request& asking) const noexcept {
        return websocket && asking.upgrade() && serves(asking.target());
    }
    /// The number of the worker that a session with this id lives on, if any can.
    std::optional<unsigned> home_of(std::string_view sid) const noexcept;

    std::unique_ptr<engine::session_handler> on_connection(engine::session& opened) override;
    void on_too_much_waits() override { relief_.begin(); }
    void on_closed(engine::session& closed, engine::close_reason why, std::string_view description) override;

  private:
    relief relief_{*this};
};

}  // namespace kedge::transports
