#include <kedge/stomp/frames/heart_beats.hpp>

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace kedge::stomp {

namespace {

std::optional<engine::duration> read_milliseconds(std::string_view digits) noexcept {
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (digits.empty() || error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
    return engine::duration(value);
}

}  // namespace

std::optional<heart_beats> read_heart_beats(std::string_view text) noexcept {
    const std::size_t comma = text.find(',');
    if (comma == std::string_view::npos) return std::nullopt;
    const auto sends = read_milliseconds(text.substr(0, comma));
    const auto wants = read_milliseconds(text.substr(comma + 1));
    if (!sends || !wants) return std::nullopt;
    return heart_beats{*sends, *wants};
}

std::string write_heart_beats(engine::duration both) {
    const std::string each = std::to_string(both.count());
    return each + ',' + each;
}

engine::duration agreed(engine::duration offered, engine::duration wanted) noexcept {
    if (offered.count() == 0 || wanted.count() == 0) return engine::duration{0};
    return std::max(offered, wanted);
}

}  // namespace kedge::stomp
