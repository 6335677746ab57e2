#pragma once

#include <kedge/socketio/face/pattern.hpp>
