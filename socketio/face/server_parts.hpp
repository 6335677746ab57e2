#pragma once

#include <kedge/engine/random.hpp>
#include <kedge/socketio/core/hub.hpp>
#include <kedge/socketio/face/server_options.hpp>
#include <kedge/transports/engineio/server_options.hpp>

namespace kedge {

/// What of a server's options is for Engine.IO and what is below it.
transports::server_options transports_part(const server_options& from);
/// What of them is for the namespaces.
hub_settings hub_part(const server_options& from, engine::random_source& random);

}  // namespace kedge
