#pragma once

#include <kedge/cluster/face/redis_adapter.hpp>
