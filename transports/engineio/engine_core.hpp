#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kedge/engine/handler.hpp>
#include <kedge/transports/engineio/lobby.hpp>
#include <kedge/transports/engineio/relief.hpp>
#include <kedge/transports/engineio/server_options.hpp>
#include <kedge/transports/net/random_openssl.hpp>
#include <kedge/transports/pages/client_bundles.hpp>

namespace kedge::transports {

class engine_share;

/// What the engines of all workers share. Does not change once the server runs.
struct engine_core final {
    explicit engine_core(server_options given);

    server_options options;
    std::string prefix;  ///< of the targets that are the engine's
    bool websocket = false;
    std::optional<bundle_server> bundles;  ///< the client's files, where they are served
    random_openssl random;
    engine::handler* above = nullptr;
    unsigned workers = 0;
    std::vector<engine_share*> shares;  ///< by the numbers of their workers
    relief shedding{options.engine};    ///< of what waits, when it is too much
    lobby_limits unattended;            ///< per worker; see server_options::max_unattended_sessions

    /// The number of the worker that a session with this id lives on, if any can.
    std::optional<unsigned> home_of(std::string_view sid) const noexcept;
};

}  // namespace kedge::transports
