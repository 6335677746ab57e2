#pragma once

#include <chrono>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include <kedge/socketio/value/json_access.hpp>

namespace kedge {

/// A moment of the calendar: seconds since 1970, and what is past them.
struct utc_moment {
    std::int64_t seconds = 0;
    std::int32_t nanoseconds = 0;
    friend bool operator==(const utc_moment&, const utc_moment&) = default;
};

/// As JavaScript's Date.toISOString() writes it, "2026-11-28T03:44:00.250Z", in milliseconds; finer where
/// `digits` says so. Years from 0 to 9999; beyond them with a sign and six digits, as there. Only for what
/// has_iso_text().
std::string iso_text(utc_moment moment, int digits = 3);
/// Whether six digits are enough for its year.
bool has_iso_text(utc_moment moment) noexcept;
/// What toISOString() writes, or RFC 3339 with an offset; nothing for other texts.
std::optional<utc_moment> parse_iso(std::string_view text) noexcept;

/// Time points of the calendar's clock travel as ISO texts, as Dates do in JSON: what is no date, since its
/// year has too many digits, is null.
template <class Duration>
struct json<std::chrono::time_point<std::chrono::system_clock, Duration>> {
    using moment = std::chrono::time_point<std::chrono::system_clock, Duration>;
    static constexpr std::string_view name = "time in ISO 8601";

    static bool read(const item& from, moment& to) {
        const auto parsed = parse_iso(from.as_string());
        if (!parsed || !from.is_string() || !within(parsed->seconds)) return false;
        to = moment(floored(std::chrono::seconds(parsed->seconds)) +
                    std::chrono::duration_cast<Duration>(std::chrono::nanoseconds(parsed->nanoseconds)));
        return true;
    }
    static void write(writer& to, const moment& from) {
        const auto since = from.time_since_epoch();
        auto whole = std::chrono::duration_cast<std::chrono::seconds>(since);
        auto rest = std::chrono::duration_cast<std::chrono::nanoseconds>(since - whole);
        if (rest.count() < 0) {
            --whole;
            rest += std::chrono::seconds(1);
        }
        const utc_moment made{whole.count(), static_cast<std::int32_t>(rest.count())};
        has_iso_text(made) ? to.string(iso_text(made)) : to.null();
    }

  private:
    /// What is finer than a Duration is cut off, before 1970 as well.
    static Duration floored(std::chrono::seconds since) {
        if constexpr (std::chrono::treat_as_floating_point_v<typename Duration::rep>) {
            return std::chrono::duration_cast<Duration>(since);
        } else {
            return std::chrono::floor<Duration>(since);
        }
    }
    static bool within(std::int64_t seconds) {
        using wide = std::chrono::duration<double>;
        const double most = std::chrono::duration_cast<wide>(Duration::max()).count();
        return std::abs(static_cast<double>(seconds)) < most - 1;
    }
};

/// Durations are numbers of milliseconds, as JavaScript counts time; a part of one is a fraction.
template <class Count, class Period>
struct json<std::chrono::duration<Count, Period>> {
    using duration = std::chrono::duration<Count, Period>;
    using milliseconds = std::chrono::duration<double, std::milli>;
    static constexpr std::string_view name = "number of milliseconds";

    static bool read(const item& from, duration& to) {
        if (!from.is_number()) return false;
        const auto count = std::chrono::duration<double, Period>(milliseconds(from.as_number())).count();
        if constexpr (std::integral<Count>) {
            // The largest whole number is rounded up on its way to a double.
            if (!(count >= static_cast<double>(std::numeric_limits<Count>::min())) ||
                !(count < static_cast<double>(std::numeric_limits<Count>::max())))
                return false;
            to = duration(static_cast<Count>(std::round(count)));
        } else {
            to = duration(static_cast<Count>(count));
        }
        return true;
    }
    static void write(writer& to, const duration& from) {
        const double count = milliseconds(from).count();
        if constexpr (std::convertible_to<duration, std::chrono::duration<std::int64_t, std::milli>>) {
            if (std::abs(count) < most_exact)
                return to.integer(std::chrono::duration<std::int64_t, std::milli>(from).count());
        }
        to.number(count);
    }

  private:
    static constexpr double most_exact = 0x1p53;  // whole numbers of JavaScript are no larger
};

}  // namespace kedge
