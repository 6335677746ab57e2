#pragma once

#include <kedge/engine/log_to_stderr.hpp>
#include <kedge/transports/server/engine_server.hpp>
