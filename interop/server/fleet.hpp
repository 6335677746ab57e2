#pragma once

#include <kedge/server.hpp>

#include "switches.hpp"

namespace interop {

/// Lets the server share a fleet over Redis, and adds the verbs of the fleet's scenarios; see
/// interop/README.md.
void join_fleet(kedge::server& io, const switches& given);

/// Lets requests for sessions of other nodes be passed on to them.
void pass_on(kedge::server& io, const switches& given);

}  // namespace interop
