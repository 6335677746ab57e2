#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <kedge/engine/counter.hpp>
#include <kedge/engine/packet.hpp>
#include <kedge/engine/transport.hpp>

namespace kedge::engine {

/// What happened to the sessions of one worker, and how many there are. Any thread may read it.
struct session_counters {
    counter opened;
    counter upgraded;
    counter packets_in;
    counter packets_out;
    std::array<counter, 5> closed;  ///< by close_reason

    /// Sessions that are open now.
    const counter& live(transport_kind kind, revision protocol) const noexcept {
        return live_[place(kind, protocol)];
    }
    counter& live(transport_kind kind, revision protocol) noexcept { return live_[place(kind, protocol)]; }
    std::uint64_t live() const noexcept { return live_[0] + live_[1] + live_[2] + live_[3]; }

  private:
    static std::size_t place(transport_kind kind, revision protocol) noexcept {
        return static_cast<std::size_t>(kind) * 2 + static_cast<std::size_t>(protocol) - 3;
    }
    std::array<counter, 4> live_;
};

}  // namespace kedge::engine
