#pragma once

#include <kedge/socketio/face/server.hpp>
