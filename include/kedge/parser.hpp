#pragma once

#include <kedge/socketio/wire/codec.hpp>
#include <kedge/socketio/wire/parser.hpp>
