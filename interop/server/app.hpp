#pragma once

#include <kedge/server.hpp>

namespace interop {

/// The interop app: its specification is in interop/README.md.
void serve_app(kedge::server& io);

/// What the protocol's public suites expect: echo on "/", and "/custom".
void serve_suite(kedge::server& io);

}  // namespace interop
