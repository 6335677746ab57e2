#pragma once

#include <kedge/server.hpp>

namespace chat {

/// Pushes the server's figures to the namespace /status, once a second while anybody looks.
void serve_status(kedge::server& io);

}  // namespace chat
