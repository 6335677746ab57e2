#pragma once

#include <kedge/socketio/wire/msgpack.hpp>
