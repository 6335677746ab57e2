#pragma once

#include <kedge/engine/random.hpp>

namespace kedge::transports {

/// OpenSSL's generator, which serves all threads. Throws std::runtime_error should the system have no
/// randomness.
class random_openssl final : public engine::random_source {
  public:
    void fill(std::span<std::byte> bytes) override;
};

}  // namespace kedge::transports
