#include <engine/sid.hpp>

#include <algorithm>

#include <engine/base64.hpp>

namespace kedge::engine {

namespace {

constexpr std::size_t raw_size = 15;
constexpr std::size_t worker_at = 11;

}  // namespace

std::string sid_source::next() {
    if (used_ == drawn_.size()) {
        random_.fill(drawn_);
        used_ = 0;
    }
    std::array<unsigned, raw_size> raw{};
    for (std::size_t i = 0; i < random_bytes; ++i) raw[i] = std::to_integer<unsigned>(drawn_[used_++]);
    const std::uint32_t count = counter_++;
    raw[worker_at] = worker_ & 0xFF;
    raw[12] = count >> 16 & 0xFF;
    raw[13] = count >> 8 & 0xFF;
    raw[14] = count & 0xFF;

    std::string sid;
    sid.reserve(sid_size);
    for (std::size_t i = 0; i < raw_size; i += 3) {
        const unsigned bits = raw[i] << 16 | raw[i + 1] << 8 | raw[i + 2];
        for (unsigned shift = 24; shift > 0;) sid.push_back(base64url_digit(bits >> (shift -= 6)));
    }
    return sid;
}

std::optional<unsigned> home_of(std::string_view sid, unsigned workers) noexcept {
    const auto is_digit = [](char c) { return base64_value(c) >= 0 && c != '+' && c != '/'; };
    if (sid.size() != sid_size || !std::all_of(sid.begin(), sid.end(), is_digit)) return std::nullopt;
    // The worker's byte is the last of its group of three: the low bits of one digit, and all of the next.
    const auto worker = static_cast<unsigned>((base64_value(sid[14]) & 3) << 6 | base64_value(sid[15]));
    if (worker >= workers) return std::nullopt;
    return worker;
}

unsigned hashed_home(std::string_view sid, unsigned workers) noexcept {
    std::uint64_t hash = 0xCBF29CE484222325u;  // FNV-1a: the same in every process and on every platform
    for (const char c : sid) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3u;
    return static_cast<unsigned>(hash % workers);
}

}  // namespace kedge::engine
