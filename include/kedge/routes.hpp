#pragma once

#include <kedge/transports/engineio/server_pages.hpp>
#include <kedge/transports/pages/routes.hpp>
