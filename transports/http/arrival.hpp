#pragma once

#include <kedge/transports/http/listener_rules.hpp>
#include <kedge/transports/net/detached_stream.hpp>

namespace kedge::transports {

class http_share;

/// Takes a connection, fresh from the listener, to `at`: by way of its PROXY header where one has to come
/// first. On at's thread.
void arrive(http_share& at, detached_stream&& from, const listener_rules& rules);

}  // namespace kedge::transports
