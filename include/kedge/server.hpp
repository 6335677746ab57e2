#pragma once

#include <kedge/engine/log_to_stderr.hpp>
#include <kedge/socketio/face/server.hpp>
