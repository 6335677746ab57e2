#pragma once

#include <kedge/cluster/face/emitter.hpp>
#include <kedge/cluster/face/join_fleet.hpp>
#include <kedge/cluster/face/redis_adapter.hpp>
