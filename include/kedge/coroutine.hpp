#pragma once

#include <kedge/asio.hpp>
#include <kedge/socketio/face/coroutine.hpp>
