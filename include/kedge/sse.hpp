#pragma once

#include <kedge/sse/front.hpp>
