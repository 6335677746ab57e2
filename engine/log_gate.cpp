#include <kedge/engine/log_gate.hpp>

#include <algorithm>
#include <memory>

namespace kedge::engine {

namespace {

constexpr std::size_t longest = 1000;

/// How many bytes at the beginning must not reach a terminal: controls of ASCII and of C1, and the code
/// points that break lines or turn the direction of writing (U+2028 to U+202E, U+2066 to U+2069).
std::size_t harmful(std::string_view text) noexcept {
    const auto byte = [text](std::size_t at) {
        return at < text.size() ? static_cast<unsigned char>(text[at]) : static_cast<unsigned char>(0);
    };
    if (byte(0) < 0x20 || byte(0) == 0x7F) return 1;
    if (byte(0) == 0xC2 && byte(1) >= 0x80 && byte(1) < 0xA0) return 2;
    const bool breaks = byte(1) == 0x80 && byte(2) >= 0xA8 && byte(2) <= 0xAE;
    const bool turns = byte(1) == 0x81 && byte(2) >= 0xA6 && byte(2) <= 0xA9;
    return byte(0) == 0xE2 && (breaks || turns) ? 3 : 0;
}

void append_escaped(std::string& to, std::string_view bytes) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    for (const char each : bytes) {
        const auto value = static_cast<unsigned char>(each);
        to.append("\\x").append(1, digits[value >> 4]).append(1, digits[value & 15]);
    }
}

}  // namespace

void append_printable(std::string& to, std::string_view text) {
    const std::string_view shown = text.substr(0, longest);
    for (std::size_t at = 0; at < shown.size();) {
        const std::size_t bad = harmful(shown.substr(at));
        if (bad == 0) {
            to.push_back(shown[at++]);
        } else {
            append_escaped(to, shown.substr(at, bad));
            at += bad;
        }
    }
    if (shown.size() < text.size()) to.append("...");
}

printable_fields::printable_fields(std::span<const log_field> from) {
    std::vector<std::size_t> ends;
    ends.reserve(from.size());
    for (const auto& [name, text] : from) {
        append_printable(texts_, text);
        ends.push_back(texts_.size());
    }
    fields_.reserve(from.size());
    std::size_t at = 0;
    for (std::size_t i = 0; i < from.size(); ++i) {
        fields_.emplace_back(from[i].first, std::string_view(texts_).substr(at, ends[i] - at));
        at = ends[i];
    }
}

log_limit::verdict log_limit::admit(std::size_t level, clock::time_point now) {
    if (most_ == 0) return {};
    const std::lock_guard guard(lock_);
    share& mine = shares_[std::min(level, shares_.size() - 1)];
    if (now - mine.second >= std::chrono::seconds(1)) {
        mine.second = now;
        mine.written = 0;
    }
    if (mine.written == most_) {
        ++mine.suppressed;
        return {false, 0};
    }
    ++mine.written;
    return {true, std::exchange(mine.suppressed, 0)};
}

log_function gated(log_function log, std::size_t lines_per_second) {
    if (!log) return {};
    const auto limit = std::make_shared<log_limit>(lines_per_second);
    return [log = std::move(log), limit](const log_record& line) {
        const auto now = limit->admit(static_cast<std::size_t>(line.level), log_limit::clock::now());
        if (!now.write) return;
        if (now.suppressed != 0) {
            const std::string count = std::to_string(now.suppressed);
            const std::array<log_field, 1> facts{{{"lines", count}}};
            log({line.level, "lines of this level were suppressed", facts});
        }
        std::string event;
        append_printable(event, line.event);
        const printable_fields shown(line.fields);
        log({line.level, event, shown.fields()});
    };
}

}  // namespace kedge::engine
