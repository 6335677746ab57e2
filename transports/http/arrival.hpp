#pragma once

#include <string_view>

#include <kedge/transports/http/listener_rules.hpp>
#include <kedge/transports/net/connection_limits.hpp>
#include <kedge/transports/net/detached_stream.hpp>

namespace kedge::transports {

class http_share;

/// Logs where the server listens from now on.
void tell_listening(const http_share& at, std::string_view address, std::string_view serves, bool tls);

/// Logs a connection that a limit refused.
void tell_refused(const http_share& at, limit_reason why, std::string_view address);

/// Takes a connection, fresh from the listener, to `at`: by way of its PROXY header where one has to come
/// first. On at's thread.
void arrive(http_share& at, detached_stream from, const listener_rules& rules);

}  // namespace kedge::transports
