#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <kedge/engine/timer_wheel.hpp>

namespace kedge::stomp {

/// What one side says of its heart-beats: how often it sends one, and how often it wants one; 0: never.
struct heart_beats {
    engine::duration sends{0};
    engine::duration wants{0};
};

/// Reads the header `heart-beat`: two numbers of milliseconds with a comma between them.
std::optional<heart_beats> read_heart_beats(std::string_view text) noexcept;
/// Writes it, for who sends as often as it wants to hear.
std::string write_heart_beats(engine::duration both);
/// How often one side sends: the slower of what it offers and what the other wants, or never.
engine::duration agreed(engine::duration offered, engine::duration wanted) noexcept;

}  // namespace kedge::stomp
