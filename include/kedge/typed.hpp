#pragma once

#include <kedge/server.hpp>
#include <kedge/socketio/typed/catalogue.hpp>
