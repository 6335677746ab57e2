#pragma once

#include <kedge/server.hpp>
#include <kedge/socketio/face/asio.hpp>
