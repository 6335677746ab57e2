#pragma once

#include <kedge/transports/net/listen_socket.hpp>
