#pragma once

#include <memory>

#include <kedge/cluster/client/redis_way.hpp>

namespace kedge::cluster {

/// The way to Redis that the address says.
std::unique_ptr<redis_way> make_way(transports::worker& home, const redis_address& where,
                                    redis_way::hooks told);

}  // namespace kedge::cluster
