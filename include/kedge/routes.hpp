#pragma once

#include <kedge/transports/pages/routes.hpp>
