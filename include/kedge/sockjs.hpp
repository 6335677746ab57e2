#pragma once

#include <kedge/sockjs/front.hpp>
