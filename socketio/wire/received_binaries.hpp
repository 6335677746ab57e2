#pragma once

#include <cstddef>
#include <span>

#include <kedge/engine/message.hpp>

namespace kedge {

/// The binaries of a packet that is being received, which came as messages of their own. Stands on the stack
/// of who hands the packet on: meanwhile whoever sends one of them, whole, on the same thread, shares it: see
/// binary_message(). What a client says in many megabytes is often said to others as it is.
class received_binaries {
  public:
    explicit received_binaries(std::span<const engine::message_ptr> all) noexcept;
    ~received_binaries();
    received_binaries(const received_binaries&) = delete;
    received_binaries& operator=(const received_binaries&) = delete;

    /// The one at hand that has exactly these bytes; null when there is none.
    static engine::message_ptr find(std::span<const std::byte> bytes) noexcept;

  private:
    const std::span<const engine::message_ptr> all_;
    const received_binaries* const outer_;
};

/// A message of these bytes: the one as which they came, else a copy.
engine::message_ptr binary_message(std::span<const std::byte> bytes, bool compress);

}  // namespace kedge
