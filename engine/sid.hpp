#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <kedge/engine/random.hpp>

namespace kedge::engine {

/// The length of the ids made here. Sticky load balancers and other tools rely on it.
inline constexpr std::size_t sid_size = 20;

/// The number of a node that has none yet: the others cannot tell whose its ids are.
inline constexpr std::uint8_t no_node = 255;

/// Makes ids that nobody can guess, for sessions and for sockets: base64url of 11 random bytes, the number of
/// the worker that made it, and a counter. One source per worker and purpose. In a fleet the last of the
/// random bytes is the number of the node instead.
class sid_source {
  public:
    sid_source(random_source& random, unsigned worker) noexcept : random_(random), worker_(worker) {}
    std::string next();
    /// From now on ids name this node of a fleet.
    void node(std::uint8_t number) noexcept { node_ = number; }

  private:
    static constexpr std::size_t random_bytes = 11;
    static constexpr std::size_t drawn_at_once = 16;  // ids per call of the random source

    random_source& random_;
    unsigned worker_;
    std::optional<std::uint8_t> node_;
    std::uint32_t counter_ = 0;
    std::size_t used_ = random_bytes * drawn_at_once;
    std::array<std::byte, random_bytes * drawn_at_once> drawn_{};
};

/// The worker, of `workers`, that made an id; nothing when none of them can have made it.
std::optional<unsigned> home_of(std::string_view sid, unsigned workers) noexcept;

/// The node, in a fleet, that made an id; nothing when it cannot have been made by any.
std::optional<std::uint8_t> node_of(std::string_view sid) noexcept;

/// The worker on which the session with an id of the application's own making lives.
unsigned hashed_home(std::string_view sid, unsigned workers) noexcept;

}  // namespace kedge::engine
