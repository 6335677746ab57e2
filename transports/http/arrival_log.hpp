#pragma once

#include <string_view>

#include <kedge/transports/net/connection_limits.hpp>

namespace kedge::transports {

class http_share;

/// Logs where the server listens from now on.
void tell_listening(const http_share& at, std::string_view address, std::string_view serves, bool tls);

/// Logs a connection that a limit refused.
void tell_refused(const http_share& at, limit_reason why, std::string_view address);

}  // namespace kedge::transports
