#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

namespace kedge::cluster {

/// The id of an entry of a Redis stream: entries are in the order of their ids.
struct stream_id {
    std::uint64_t milliseconds = 0;
    std::uint64_t sequence = 0;

    friend bool operator==(const stream_id&, const stream_id&) = default;
    friend bool operator<(const stream_id& one, const stream_id& other) noexcept {
        return std::tie(one.milliseconds, one.sequence) < std::tie(other.milliseconds, other.sequence);
    }
    friend bool operator<=(const stream_id& one, const stream_id& other) noexcept { return !(other < one); }
    friend bool operator>(const stream_id& one, const stream_id& other) noexcept { return other < one; }
    friend bool operator>=(const stream_id& one, const stream_id& other) noexcept { return !(one < other); }

    std::string text() const { return std::to_string(milliseconds) + '-' + std::to_string(sequence); }

    /// Digits, a hyphen, digits: nothing else is one.
    static std::optional<stream_id> parse(std::string_view text) noexcept {
        stream_id made;
        const char* const end = text.data() + text.size();
        const auto first = std::from_chars(text.data(), end, made.milliseconds);
        if (first.ec != std::errc() || first.ptr == end || *first.ptr != '-') return std::nullopt;
        const auto second = std::from_chars(first.ptr + 1, end, made.sequence);
        if (second.ec != std::errc() || second.ptr != end) return std::nullopt;
        return made;
    }
};

}  // namespace kedge::cluster
