#pragma once

#include <kedge/socketio/value/value.hpp>
