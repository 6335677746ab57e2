#pragma once

#include <kedge/socketio/bridges/boost_describe.hpp>
