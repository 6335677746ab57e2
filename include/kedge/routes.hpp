#pragma once

#include <kedge/transports/pages/routes.hpp>
#include <kedge/transports/server/server_pages.hpp>
