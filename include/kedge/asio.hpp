#pragma once

#include <kedge/socketio/face/asio.hpp>
