#pragma once

#include <cstdint>
#include <optional>

namespace kedge::node {

/// What a connection has carried since it was accepted, in bytes.
struct traffic {
    std::uint64_t read;
    std::uint64_t written;
    /// For how many milliseconds nothing came and nothing was sent.
    std::uint32_t idle;
};

/// Asked of the kernel, so that nothing has to be counted where nobody asks. Nothing where it does not say,
/// as of UNIX sockets.
std::optional<traffic> traffic_of(int descriptor) noexcept;

}  // namespace kedge::node
