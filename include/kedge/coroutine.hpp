#pragma once

#include <kedge/socketio/face/coroutine.hpp>
