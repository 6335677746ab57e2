#pragma once

#include <kedge/cluster/face/emitter.hpp>
#include <kedge/cluster/face/redis_adapter.hpp>
