#pragma once

#include <kedge/socketio/rooms/adapter.hpp>
