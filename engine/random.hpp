#pragma once

#include <cstddef>
#include <span>

namespace kedge::engine {

/// The port for unguessable bytes. Called on any worker's thread, so an implementation must be thread-safe.
class random_source {
  public:
    virtual ~random_source() = default;
    virtual void fill(std::span<std::byte> bytes) = 0;
};

}  // namespace kedge::engine
