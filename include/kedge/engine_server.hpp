#pragma once

#include <kedge/engine/log_to_stderr.hpp>
#include <kedge/transports/engineio/engine_server.hpp>
