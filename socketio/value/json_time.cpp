#include <kedge/socketio/value/json_time.hpp>

#include <charconv>

namespace kedge {
namespace {

namespace calendar = std::chrono;

/// The calendar's own years are 16 bits wide. It is the same again every 400 years: others are looked up
/// among those, and counted from there.
constexpr int years_of_cycle = 400;
constexpr std::int64_t seconds_of_cycle = std::int64_t{146'097} * 86'400;
constexpr int most_years = 999'999;

struct date_of_cycle {
    std::int64_t cycle = 0;
    calendar::year_month_day date;
};

date_of_cycle date_at(std::int64_t seconds) noexcept {
    const std::int64_t rest = seconds % seconds_of_cycle;
    const std::int64_t since = rest < 0 ? rest + seconds_of_cycle : rest;
    const auto days = calendar::floor<calendar::days>(calendar::seconds(since));
    return {seconds / seconds_of_cycle - (rest < 0 ? 1 : 0), calendar::sys_days(days)};
}

std::int64_t year_of(const date_of_cycle& which) noexcept {
    return which.cycle * years_of_cycle + static_cast<int>(which.date.year());
}

/// Reads a text from its front; wrong once, it stays wrong.
class iso_reader {
  public:
    explicit iso_reader(std::string_view text) noexcept : rest_(text) {}

    bool good() const noexcept { return good_; }
    bool ended() const noexcept { return rest_.empty(); }
    bool take(char expected) noexcept {
        if (rest_.empty() || rest_.front() != expected) return false;
        rest_.remove_prefix(1);
        return true;
    }
    void demand(char expected) noexcept { good_ = take(expected) && good_; }
    /// A number of just so many digits, at most `most`.
    int number(std::size_t digits, int most) noexcept {
        int made = 0;
        for (std::size_t i = 0; i < digits; ++i) made = made * 10 + digit();
        good_ = good_ && made <= most;
        return made;
    }
    /// Behind the point: up to nine digits count.
    std::int32_t fraction() noexcept {
        std::int32_t made = 0;
        int read = 0;
        for (; !rest_.empty() && is_digit(rest_.front()); ++read) {
            const int next = digit();
            if (read < 9) made = made * 10 + next;
        }
        good_ = good_ && read > 0;
        for (int i = read; i < 9; ++i) made *= 10;
        return made;
    }

  private:
    static bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
    int digit() noexcept {
        if (rest_.empty() || !is_digit(rest_.front())) {
            good_ = false;
            return 0;
        }
        const int value = rest_.front() - '0';
        rest_.remove_prefix(1);
        return value;
    }

    std::string_view rest_;
    bool good_ = true;
};

int read_year(iso_reader& from) noexcept {
    if (from.take('+')) return from.number(6, most_years);
    if (from.take('-')) return -from.number(6, most_years);
    return from.number(4, 9999);
}

date_of_cycle read_date(iso_reader& from) noexcept {
    const int year = read_year(from);
    from.demand('-');
    const int month = from.number(2, 12);
    from.demand('-');
    const int day = from.number(2, 31);
    const int of_cycle = year % years_of_cycle + years_of_cycle;
    return {(year - of_cycle) / years_of_cycle, calendar::year(of_cycle) /
                                                    calendar::month(static_cast<unsigned>(month)) /
                                                    calendar::day(static_cast<unsigned>(day))};
}

std::int64_t read_clock(iso_reader& from) noexcept {
    from.demand('T');
    const int hours = from.number(2, 23);
    from.demand(':');
    const int minutes = from.number(2, 59);
    from.demand(':');
    const int seconds = from.number(2, 59);
    return (hours * 60 + minutes) * 60 + seconds;
}

/// Seconds that the place of the text is before the prime meridian's time.
std::int64_t read_offset(iso_reader& from) noexcept {
    if (from.take('Z')) return 0;
    const bool behind = from.take('-');
    if (!behind) from.demand('+');
    const int hours = from.number(2, 23);
    from.demand(':');
    const int minutes = from.number(2, 59);
    return (behind ? 1 : -1) * (hours * 60 + minutes) * 60;
}

void append_padded(std::string& to, std::int64_t number, std::size_t digits) {
    char text[20];
    const auto end = std::to_chars(text, text + sizeof text, number).ptr;
    const auto length = static_cast<std::size_t>(end - text);
    if (length < digits) to.append(digits - length, '0');
    to.append(text, length);
}

void append_year(std::string& to, std::int64_t year) {
    if (year >= 0 && year <= 9999) return append_padded(to, year, 4);
    to += year < 0 ? '-' : '+';
    append_padded(to, year < 0 ? -year : year, 6);
}

}  // namespace

bool has_iso_text(utc_moment moment) noexcept {
    const std::int64_t year = year_of(date_at(moment.seconds));
    return year >= -most_years && year <= most_years;
}

std::string iso_text(utc_moment moment, int digits) {
    const date_of_cycle found = date_at(moment.seconds);
    const auto& date = found.date;
    const std::int64_t past_midnight = moment.seconds % 86'400;
    const std::int64_t of_day = past_midnight < 0 ? past_midnight + 86'400 : past_midnight;
    std::string text;
    append_year(text, year_of(found));
    append_padded(text += '-', static_cast<unsigned>(date.month()), 2);
    append_padded(text += '-', static_cast<unsigned>(date.day()), 2);
    append_padded(text += 'T', of_day / 3600, 2);
    append_padded(text += ':', of_day / 60 % 60, 2);
    append_padded(text += ':', of_day % 60, 2);
    std::string fraction;
    append_padded(fraction, moment.nanoseconds, 9);
    text += '.';
    text.append(fraction, 0, static_cast<std::size_t>(digits));
    return text + 'Z';
}

std::optional<utc_moment> parse_iso(std::string_view text) noexcept {
    iso_reader from(text);
    const auto [cycle, date] = read_date(from);
    const std::int64_t of_day = read_clock(from);
    utc_moment made;
    if (from.take('.')) made.nanoseconds = from.fraction();
    const std::int64_t offset = read_offset(from);
    if (!from.good() || !from.ended() || !date.ok()) return std::nullopt;
    const auto days = calendar::sys_days(date).time_since_epoch();
    made.seconds = cycle * seconds_of_cycle + calendar::seconds(days).count() + of_day + offset;
    return made;
}

}  // namespace kedge
