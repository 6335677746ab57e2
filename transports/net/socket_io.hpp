#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace kedge::transports {

class rope;
class tls_state;
class worker;

enum class flushed : std::uint8_t {
    all,      ///< everything is with the kernel
    blocked,  ///< the kernel refused bytes: wait for ready::write
    failed,   ///< the connection is gone; nothing more can be sent
};

/// Sends what waits, plain or sealed, until all is with the kernel or the kernel says no.
flushed flush(worker& home, int descriptor, tls_state* tls, rope& waiting);
/// Sends plain bytes, and drops those at the front that are with the kernel.
flushed flush(worker& home, int descriptor, std::string_view& waiting) noexcept;

/// What a read gave.
struct received {
    enum class kind : std::uint8_t {
        bytes,
        nothing,  ///< drained
        end,      ///< the peer closed its side
        failed,   ///< the connection is gone
    } what;
    std::size_t size = 0;
};
/// Reads once into the worker's read buffer, no more than `most`.
received receive(worker& home, int descriptor, std::size_t most) noexcept;

}  // namespace kedge::transports
