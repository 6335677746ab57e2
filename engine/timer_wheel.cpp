#include <kedge/engine/timer_wheel.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

namespace kedge::engine {

namespace {

void reset(timer_link& ends) noexcept {
    ends.next = ends.previous = &ends;
}

bool is_empty(const timer_link& ends) noexcept {
    return ends.next == &ends;
}

void unlink(timer_link& link) noexcept {
    link.previous->next = link.next;
    link.next->previous = link.previous;
    link.next = link.previous = nullptr;
}

void append(timer_link& ends, timer_link& link) noexcept {
    link.next = &ends;
    link.previous = ends.previous;
    link.previous->next = ends.previous = &link;
}

void move_all(timer_link& from, timer_link& to) noexcept {
    while (!is_empty(from)) {
        timer_link& first = *from.next;
        unlink(first);
        append(to, first);
    }
}

std::uint64_t ticks(time_point at) noexcept {
    const auto count = at.time_since_epoch().count();
    return count < 0 ? 0 : static_cast<std::uint64_t>(count);
}

time_point at_tick(std::uint64_t tick) noexcept {
    return time_point(duration(static_cast<std::int64_t>(tick)));
}

constexpr unsigned digit_bits = 6;
constexpr unsigned digits = 64;
constexpr unsigned depth = 11;  // 11 digits of 6 bits hold any number of milliseconds

}  // namespace

// A deadline is a number in base 64. It lies in the level of the highest digit in which it differs from the
// present, in the slot of that digit's value; so all of a level's deadlines come before those of the levels
// above it. When the time reaches a slot of an upper level, its timers are spread over the levels below.
struct timer_wheel::levels {
    struct level {
        mutable std::uint64_t occupied =
            0;  // a bit may be set though the slot has become empty, never the reverse
        std::array<timer_link, digits> slots;
    };
    struct place {
        unsigned level;
        unsigned slot;
        std::uint64_t begins;
    };

    explicit levels(time_point start) : now(ticks(start)) {
        reset(overdue);
        for (auto& each : all)
            for (auto& slot : each.slots) reset(slot);
    }

    /// The first slot that holds a timer.
    std::optional<place> first() const noexcept {
        for (unsigned number = 0; number < depth; ++number) {
            const level& here = all[number];
            while (here.occupied != 0) {
                const auto slot = static_cast<unsigned>(std::countr_zero(here.occupied));
                if (!is_empty(here.slots[slot])) return place{number, slot, begin_of(number, slot)};
                here.occupied &= here.occupied - 1;
            }
        }
        return std::nullopt;
    }

    std::uint64_t begin_of(unsigned number, unsigned slot) const noexcept {
        const unsigned shift = number * digit_bits;
        const unsigned above = shift + digit_bits;
        const std::uint64_t prefix = above >= 64 ? 0 : now >> above << above;
        return prefix | std::uint64_t{slot} << shift;
    }

    std::array<level, depth> all;
    timer_link overdue;
    std::uint64_t now;
};

void timer::disarm() noexcept {
    if (armed()) unlink(*this);
}

timer_wheel::timer_wheel(time_point start, duration leeway)
    : levels_(std::make_unique<levels>(start)), leeway_(leeway) {}

timer_wheel::~timer_wheel() {
    while (!is_empty(levels_->overdue)) unlink(*levels_->overdue.next);
    while (auto first = levels_->first()) {
        timer_link& slot = levels_->all[first->level].slots[first->slot];
        while (!is_empty(slot)) unlink(*slot.next);
    }
}

void timer_wheel::arm(timer& which, time_point deadline) noexcept {
    which.disarm();
    which.deadline_ = deadline;
    armed_ = true;
    place(which);
}

// Rounded up to a power of two, the same for all timers of about that length.
void timer_wheel::arm_about(timer& which, time_point deadline, time_point now) noexcept {
    const std::uint64_t due = ticks(deadline);
    const std::uint64_t away = due - std::min(ticks(now), due);
    const std::uint64_t step = std::bit_floor(std::min(away / digits, ticks(time_point(leeway_))));
    const std::uint64_t late = step > 1 ? (step - due % step) % step : 0;
    arm(which, at_tick(std::min(due + late, ticks(time_point::max()))));
}

void timer_wheel::place(timer& which) noexcept {
    const std::uint64_t due = ticks(which.deadline_);
    if (due <= levels_->now) return append(levels_->overdue, which);
    const unsigned number = (static_cast<unsigned>(std::bit_width(due ^ levels_->now)) - 1) / digit_bits;
    const auto slot = static_cast<unsigned>(due >> (number * digit_bits)) % digits;
    auto& level = levels_->all[number];
    level.occupied |= std::uint64_t{1} << slot;
    append(level.slots[slot], which);
}

namespace {

/// The timers about to fire. When a callback throws, the others fire in the next run().
struct firing {
    explicit firing(timer_link& overdue) noexcept : rest(overdue) { reset(due); }
    ~firing() { move_all(due, rest); }
    firing(const firing&) = delete;
    firing& operator=(const firing&) = delete;

    timer_link due;
    timer_link& rest;
};

}  // namespace

void timer_wheel::run(time_point now) {
    firing under_way(levels_->overdue);
    timer_link& due = under_way.due;
    move_all(levels_->overdue, due);
    fire(due, now);
    while (const auto first = levels_->first()) {
        if (halted_ || first->begins > ticks(now)) break;
        levels_->now = first->begins;
        auto& level = levels_->all[first->level];
        level.occupied &= ~(std::uint64_t{1} << first->slot);
        move_all(level.slots[first->slot], due);
        expire(due);
        fire(due, now);
    }
    if (ticks(now) > levels_->now) levels_->now = ticks(now);
}

/// Of the timers of a slot that has begun, leaves those that are due and spreads the others.
void timer_wheel::expire(timer_link& due) noexcept {
    for (timer_link* link = due.next; link != &due;) {
        auto& which = static_cast<timer&>(*link);
        link = link->next;
        if (ticks(which.deadline_) <= levels_->now) continue;
        unlink(which);
        place(which);
    }
}

void timer_wheel::fire(timer_link& due, time_point now) {
    while (!halted_ && !is_empty(due)) {
        auto& which = static_cast<timer&>(*due.next);
        unlink(which);
        which.fire_(which.owner_, now);
    }
}

std::optional<time_point> timer_wheel::next() const noexcept {
    if (!is_empty(levels_->overdue)) return at_tick(levels_->now);
    const auto first = levels_->first();
    if (!first) return std::nullopt;
    return at_tick(first->begins);
}

bool timer_wheel::empty() const noexcept {
    return is_empty(levels_->overdue) && !levels_->first();
}

}  // namespace kedge::engine
