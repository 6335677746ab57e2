#pragma once

#include <kedge/transports/engineio/engine_server.hpp>
