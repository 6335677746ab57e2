#pragma once

#include <bench/common/framing.hpp>
#include <string>
#include <string_view>

namespace bench {

/// The messages of one run. All have the same length, so that a message's place in the stream of bytes is its
/// number, and each carries its number, modulo `period`, so that a message that is lost, doubled or out of
/// order is seen.
class workload {
  public:
    static constexpr std::size_t period = 128;

    /// `mode` is echo, ack, room or broadcast; `size` the length of the payload string.
    workload(std::string_view mode, const framing& how, std::size_t size, unsigned publisher = 0);

    /// `count` messages from number `first` on, as the client sends them, or the answers to them. They are
    /// contiguous as long as count does not exceed `period`.
    std::string_view outgoing(std::size_t first, std::size_t count) const;
    std::string_view incoming(std::size_t first, std::size_t count) const;

    std::size_t outgoing_size() const noexcept { return outgoing_size_; }
    std::size_t incoming_size() const noexcept { return incoming_size_; }

  private:
    std::string outgoing_;
    std::string incoming_;
    std::size_t outgoing_size_;
    std::size_t incoming_size_;
};

/// The digits with which the payload of every message begins: two for the publisher, three for the number.
inline constexpr std::size_t label_size = 5;

}  // namespace bench
