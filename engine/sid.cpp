#include <kedge/engine/sid.hpp>

#include <algorithm>

#include <kedge/engine/base64.hpp>

namespace kedge::engine {

namespace {

constexpr std::size_t raw_size = 15;
constexpr std::size_t node_at = 10;
constexpr std::size_t worker_at = 11;

bool is_made_here(std::string_view sid) noexcept {
    const auto is_digit = [](char c) { return base64_value(c) >= 0 && c != '+' && c != '/'; };
    return sid.size() == sid_size && std::all_of(sid.begin(), sid.end(), is_digit);
}

}  // namespace

std::string sid_source::next() {
    if (used_ == drawn_.size()) {
        random_.fill(drawn_);
        used_ = 0;
    }
    std::array<std::byte, raw_size> raw{};
    for (std::size_t i = 0; i < random_bytes; ++i) raw[i] = drawn_[used_++];
    const std::uint32_t count = counter_++;
    if (node_) raw[node_at] = static_cast<std::byte>(*node_);
    raw[worker_at] = static_cast<std::byte>(worker_);
    raw[12] = static_cast<std::byte>(count >> 16);
    raw[13] = static_cast<std::byte>(count >> 8);
    raw[14] = static_cast<std::byte>(count);

    std::string sid;
    sid.reserve(sid_size);
    append_base64url(sid, raw);
    return sid;
}

std::optional<unsigned> home_of(std::string_view sid, unsigned workers) noexcept {
    if (!is_made_here(sid)) return std::nullopt;
    // The worker's byte is the last of its group of three: the low bits of one digit, and all of the next.
    const auto worker = static_cast<unsigned>((base64_value(sid[14]) & 3) << 6 | base64_value(sid[15]));
    if (worker >= workers) return std::nullopt;
    return worker;
}

std::optional<std::uint8_t> node_of(std::string_view sid) noexcept {
    if (!is_made_here(sid)) return std::nullopt;
    // The byte before the worker's.
    return static_cast<std::uint8_t>((base64_value(sid[13]) & 15) << 4 | base64_value(sid[14]) >> 2);
}

unsigned hashed_home(std::string_view sid, unsigned workers) noexcept {
    std::uint64_t hash = 0xCBF29CE484222325u;  // FNV-1a: the same in every process and on every platform
    for (const char c : sid) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3u;
    return static_cast<unsigned>(hash % workers);
}

}  // namespace kedge::engine
