#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include <kedge/transports/http/exchange.hpp>
#include <kedge/transports/net/connection_limits.hpp>
#include <kedge/transports/net/detached_stream.hpp>

namespace kedge::transports {

class site;
class tls_context;

/// What a server does with the connections of one of its listeners.
struct entrance {
    /// Answers all requests that come here. Empty: they are the engine's, or on_request()'s.
    std::function<void(exchange)> answer{};
    /// Believed proxies begin with a PROXY header. What the listener does otherwise, limits and TLS, then has
    /// to wait for it and is said here.
    bool proxy_protocol = false;
    std::shared_ptr<tls_context> tls{};
    std::shared_ptr<connection_limits> limits{};
};

/// Logs a connection that a limit refused.
void tell_refused(const site& at, limit_reason why, std::string_view address);

/// Takes a connection, fresh from the listener, to `at`: by way of its PROXY header where one has to come
/// first. On at's thread.
void arrive(site& at, detached_stream from, const entrance& by);
/// The same when it is known for whom the peer speaks.
void come_in(site& at, detached_stream from, const entrance& by);

}  // namespace kedge::transports
