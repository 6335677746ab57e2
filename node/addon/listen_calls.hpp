#pragma once

#include <node_api.h>

namespace kedge::node {

struct environment;

/// The functions of the addon for engines that accept their clients themselves, and for sessions that live
/// here.
void define_listening(napi_env env, napi_value exports, environment& home);

}  // namespace kedge::node
