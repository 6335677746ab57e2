#pragma once

#include <kedge/socketio/bridges/nlohmann.hpp>
