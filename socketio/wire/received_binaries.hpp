#pragma once

#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include <kedge/engine/message.hpp>

namespace kedge {

/// The binaries of a packet, which came as messages of their own. As long as they lie here, whoever sends one
/// of them on, whole, on the same thread, shares it: see binary_message(). What a client says in many
/// megabytes is often said to others as it is.
class received_binaries {
  public:
    received_binaries() noexcept = default;
    explicit received_binaries(std::vector<engine::message_ptr> all) noexcept { hold(std::move(all)); }
    ~received_binaries() { clear(); }
    received_binaries(const received_binaries&) = delete;
    received_binaries& operator=(const received_binaries&) = delete;

    void hold(std::vector<engine::message_ptr> all) noexcept;
    void clear() noexcept;
    const std::vector<engine::message_ptr>& all() const noexcept { return all_; }

    /// The one of this thread's that has exactly these bytes; null when there is none.
    static engine::message_ptr find(std::span<const std::byte> bytes) noexcept;

  private:
    std::vector<engine::message_ptr> all_;
    received_binaries* next_ = nullptr;  // of this thread, as long as there are any here
};

/// A message of these bytes: the one as which they came, else a copy.
engine::message_ptr binary_message(std::span<const std::byte> bytes, bool compress);

}  // namespace kedge
