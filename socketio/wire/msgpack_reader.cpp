#include <kedge/socketio/wire/msgpack_reader.hpp>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include <kedge/engine/utf8.hpp>
#include <kedge/socketio/value/json_writer.hpp>

namespace kedge {
namespace {

struct civil_date {
    std::int64_t year;
    unsigned month;
    unsigned day;
};

/// The date of a day counted from 1 January 1970, in the calendar that JavaScript extends without end.
civil_date date_of(std::int64_t days) {
    days += 719468;  // from 1 March of year 0, so that a leap day is the last of its year
    const std::int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    const auto day_of_era = static_cast<unsigned>(days - era * 146097);
    const unsigned year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    const unsigned day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const unsigned month_from_march = (5 * day_of_year + 2) / 153;
    const unsigned day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    const unsigned month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
    return {static_cast<std::int64_t>(year_of_era) + era * 400 + (month <= 2 ? 1 : 0), month, day};
}

/// Date.prototype.toISOString.
std::string iso_string(std::int64_t milliseconds) {
    constexpr std::int64_t per_day = 86400000;
    const std::int64_t in_day = (milliseconds % per_day + per_day) % per_day;
    const civil_date date = date_of((milliseconds - in_day) / per_day);
    const char* const form = date.year < 0 ? "-%06lld-" : date.year > 9999 ? "+%06lld-" : "%04lld-";
    char text[48];
    int length = std::snprintf(text, sizeof text, form, std::abs(static_cast<long long>(date.year)));
    const auto part = static_cast<unsigned>(in_day);
    length += std::snprintf(text + length, sizeof text - static_cast<std::size_t>(length),
                            "%02u-%02uT%02u:%02u:%02u.%03uZ", date.month, date.day, part / 3600000,
                            part / 60000 % 60, part / 1000 % 60, part % 1000);
    return {text, static_cast<std::size_t>(length)};
}

/// An array or map that is not complete. A map's parts are keys and values in turn.
struct open_container {
    std::uint64_t left;
    bool is_map;
};

class msgpack_reader {
  public:
    msgpack_reader(std::span<const char> bytes, std::size_t max_depth, tape& to, text_arena& texts)
        : bytes_(bytes), max_depth_(max_depth), to_(to), texts_(texts) {}

    /// Reads dates that are MessagePack's timestamps.
    void take_timestamps() noexcept { timestamps_ = true; }
    bool read() {
        to_.expect(bytes_.size());
        do {
            const bool key = key_is_next();
            if (!open_.empty()) --open_.back().left;
            if (!(key ? read_key() : read_value())) return false;
            close_finished();
        } while (!open_.empty());
        return at_ == bytes_.size();
    }

  private:
    bool key_is_next() const { return !open_.empty() && open_.back().is_map && open_.back().left % 2 == 0; }

    void close_finished() {
        while (!open_.empty() && open_.back().left == 0) {
            open_.back().is_map ? to_.end_object() : to_.end_array();
            open_.pop_back();
        }
    }

    /// A big-endian number of so many bytes; short input makes the reading fail.
    std::uint64_t take(unsigned size) {
        std::uint64_t number = 0;
        if (bytes_.size() - at_ < size) return fail();
        for (unsigned count = 0; count < size; ++count)
            number = number << 8 | static_cast<unsigned char>(bytes_[at_++]);
        return number;
    }
    std::int64_t take_signed(unsigned size) {
        const unsigned unused = 64 - 8 * size;
        return static_cast<std::int64_t>(take(size) << unused) >> unused;
    }
    std::string_view take_bytes(std::uint64_t size) {
        if (bytes_.size() - at_ < size) return fail(), std::string_view();
        const std::string_view taken(bytes_.data() + at_, static_cast<std::size_t>(size));
        at_ += taken.size();
        return taken;
    }
    /// Text as Node reads it: what is not UTF-8 becomes U+FFFD, so that nobody to whom it is passed on
    /// stumbles.
    std::string_view take_text(std::uint64_t size) {
        const std::string_view taken = take_bytes(size);
        return engine::valid_utf8(taken) ? taken : texts_.keep(engine::repair_utf8(taken));
    }
    std::uint64_t fail() {
        failed_ = true;
        at_ = bytes_.size();
        return 0;
    }

    /// Whatever is a key in JavaScript is a string there.
    bool read_key() {
        const auto code = static_cast<unsigned>(take(1));
        if (code >= 0xa0 && code <= 0xbf) return to_.key(take_text(code & 0x1f)), !failed_;
        if (code >= 0xd9 && code <= 0xdb) return to_.key(take_text(take(1u << (code - 0xd9)))), !failed_;
        tape alone;
        if (!read_number(alone, code) || failed_) return false;
        std::string text;
        json_writer out(text);
        alone.root().write(out);
        to_.key(texts_.keep(text));
        return true;
    }

    bool read_value() {
        const auto code = static_cast<unsigned>(take(1));
        if (failed_) return false;
        const bool known =
            read_number(to_, code) || read_plain(code) || read_bytes(code) || read_extension(code);
        return known ? !failed_ : open_container_of(code);
    }

    bool read_number(tape& to, unsigned code) {
        if (code < 0x80) return to.integer(code), true;
        if (code >= 0xe0) return to.integer(static_cast<std::int64_t>(code) - 0x100), true;
        if (code == 0xca)
            return to.number(static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(take(4))))),
                   true;
        if (code == 0xcb) return to.number(std::bit_cast<double>(take(8))), true;
        if (code >= 0xcc && code <= 0xcf) return to.unsigned_integer(take(1u << (code - 0xcc))), true;
        if (code >= 0xd0 && code <= 0xd3) return to.integer(take_signed(1u << (code - 0xd0))), true;
        return false;
    }

    bool read_plain(unsigned code) {
        if (code == 0xc0) return to_.null(), true;
        if (code == 0xc2 || code == 0xc3) return to_.boolean(code == 0xc3), true;
        return false;
    }

    bool read_bytes(unsigned code) {
        if (code >= 0xa0 && code <= 0xbf) return to_.string(take_text(code & 0x1f)), true;
        if (code >= 0xd9 && code <= 0xdb) return to_.string(take_text(take(1u << (code - 0xd9)))), true;
        if (code >= 0xc4 && code <= 0xc6) return put_binary(take_bytes(take(1u << (code - 0xc4)))), true;
        return false;
    }

    bool read_extension(unsigned code) {
        const bool fixed = code >= 0xd4 && code <= 0xd8;
        if (!fixed && !(code >= 0xc7 && code <= 0xc9)) return false;
        const std::uint64_t size = fixed ? std::uint64_t{1} << (code - 0xd4) : take(1u << (code - 0xc7));
        const std::int64_t type = take_signed(1);
        const bool own = type == 0;
        if (own && code == 0xd4) {
            take(1);
            put_undefined();
        } else if (own && code == 0xd7) {
            put_date(take_signed(8));
        } else if (own && !fixed) {
            put_binary(take_bytes(size));
        } else {
            const std::string_view bytes = take_bytes(size);
            if (!timestamps_ || type != timestamp || !put_timestamp(bytes)) put_foreign(type, bytes);
        }
        return true;
    }

    static constexpr std::int64_t timestamp = -1;

    /// MessagePack's own form of a moment: seconds, and nanoseconds that are cut to what a Date has.
    bool put_timestamp(std::string_view bytes) {
        const auto number = [bytes](std::size_t from, std::size_t count) {
            std::uint64_t read = 0;
            for (std::size_t i = from; i < from + count; ++i)
                read = read << 8 | static_cast<unsigned char>(bytes[i]);
            return read;
        };
        std::int64_t seconds = 0;
        std::uint64_t nanoseconds = 0;
        if (bytes.size() == 4) {
            seconds = static_cast<std::int64_t>(number(0, 4));
        } else if (bytes.size() == 8) {
            nanoseconds = number(0, 8) >> 34;
            seconds = static_cast<std::int64_t>(number(0, 8) & 0x3ffffffff);
        } else if (bytes.size() == 12) {
            nanoseconds = number(0, 4);
            seconds = static_cast<std::int64_t>(number(4, 8));
        } else {
            return false;
        }
        constexpr std::int64_t furthest = 8'640'000'000'001;  // beyond it is no Date in any case
        seconds = std::clamp(seconds, -furthest, furthest);
        put_date(seconds * 1000 + static_cast<std::int64_t>(nanoseconds / 1'000'000));
        return true;
    }

    void put_binary(std::string_view bytes) { to_.binary(std::as_bytes(std::span(bytes))); }

    void put_undefined() {
        const bool member = !open_.empty() && open_.back().is_map;
        member ? to_.drop_key() : to_.null();
    }

    void put_date(std::int64_t milliseconds) {
        constexpr std::int64_t furthest =
            8640000000000000;  // of JavaScript's Date; beyond it is invalid, in JSON null
        if (milliseconds < -furthest || milliseconds > furthest) return to_.null();
        to_.string(texts_.keep(iso_string(milliseconds)));
    }

    void put_foreign(std::int64_t type, std::string_view bytes) {
        to_.begin_array(2);
        to_.integer(type);
        put_binary(bytes);
        to_.end_array();
    }

    bool open_container_of(unsigned code) {
        const bool map = (code >= 0x80 && code <= 0x8f) || code == 0xde || code == 0xdf;
        const bool array = (code >= 0x90 && code <= 0x9f) || code == 0xdc || code == 0xdd;
        if ((!map && !array) || open_.size() >= max_depth_) return false;
        const std::uint64_t count = code < 0xa0 ? code & 0x0f : take(code % 2 == 0 ? 2 : 4);
        map ? to_.begin_object() : to_.begin_array();
        open_.push_back({map ? 2 * count : count, map});
        return !failed_;
    }

    std::span<const char> bytes_;
    std::size_t at_ = 0;
    std::size_t max_depth_;
    tape& to_;
    text_arena& texts_;
    std::vector<open_container> open_;
    bool failed_ = false;
    bool timestamps_ = false;
};

}  // namespace

bool read_msgpack(std::span<const char> bytes, std::size_t max_depth, tape& to, text_arena& texts) {
    return msgpack_reader(bytes, max_depth, to, texts).read();
}

bool read_server_msgpack(std::span<const char> bytes, std::size_t max_depth, tape& to, text_arena& texts) {
    msgpack_reader reader(bytes, max_depth, to, texts);
    reader.take_timestamps();
    return reader.read();
}

}  // namespace kedge
