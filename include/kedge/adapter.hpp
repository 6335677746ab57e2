#pragma once

#include <kedge/socketio/rooms/local_adapter.hpp>
