#pragma once

#include <kedge/transports/net/tls.hpp>
