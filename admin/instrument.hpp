#pragma once

#include <kedge/admin/options.hpp>

namespace kedge {
class server;
}

namespace kedge::admin {

/// Serves the protocol of the official page for operators, `@socket.io/admin-ui`, on a namespace of its own:
///
///     kedge::admin::instrument(io, {.auth = kedge::admin::basic_auth{"admin", "$2b$10$…"}});
///
/// Before the server runs; sockets that are there already are not seen. Throws std::invalid_argument, which
/// says what is wrong with the options. See docs/admin.md.
void instrument(server& io, options how);

}  // namespace kedge::admin
