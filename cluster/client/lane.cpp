#include <kedge/cluster/client/lane.hpp>

#include <charconv>
#include <cstdint>

namespace kedge::cluster {

namespace {

/// What stands between the first two # of a channel, the namespace; the whole of others.
std::string_view namespace_of(std::string_view channel) noexcept {
    const auto begin = channel.find('#');
    if (begin == std::string_view::npos) return channel;
    channel.remove_prefix(begin + 1);
    return channel.substr(0, channel.find('#'));
}

/// FNV-1a: nobody gains by channels that go the same way. What a pattern escapes counts as it is meant.
std::uint64_t hash(std::string_view text) noexcept {
    std::uint64_t sum = 14695981039346656037U;
    for (const char c : text) {
        if (c == '\\') continue;
        sum = (sum ^ static_cast<unsigned char>(c)) * 1099511628211U;
    }
    return sum;
}

/// The word that follows what a command begins with.
std::string_view word_behind(std::string_view command, std::string_view start) noexcept {
    if (!command.starts_with(start)) return {};
    command.remove_prefix(start.size());
    std::size_t size = 0;
    const auto read = std::from_chars(command.data(), command.data() + command.size(), size);
    const auto digits = static_cast<std::size_t>(read.ptr - command.data());
    return command.size() < digits + 2 ? std::string_view() : command.substr(digits + 2, size);
}

}  // namespace

std::size_t lane_of(channel_kind kind, std::string_view channel, std::size_t lanes) noexcept {
    return hash(kind == channel_kind::sharded ? channel : namespace_of(channel)) % lanes;
}

std::size_t lane_of(std::string_view command, std::size_t lanes) noexcept {
    if (const auto plain = word_behind(command, "*3\r\n$7\r\nPUBLISH\r\n$"); !plain.empty())
        return lane_of(channel_kind::plain, plain, lanes);
    if (const auto sharded = word_behind(command, "*3\r\n$8\r\nSPUBLISH\r\n$"); !sharded.empty())
        return lane_of(channel_kind::sharded, sharded, lanes);
    return 0;
}

}  // namespace kedge::cluster
