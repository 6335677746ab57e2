#include <kedge/socketio/value/value_memory.hpp>

#include <algorithm>

#include <kedge/socketio/value/tape.hpp>
#include <kedge/socketio/value/value.hpp>

namespace kedge {
namespace {

/// What the allocator takes for so many bytes.
constexpr std::size_t block_of(std::size_t size) noexcept {
    constexpr std::size_t overhead = 8;
    constexpr std::size_t step = 16;
    return std::max<std::size_t>((size + overhead + step - 1) / step * step, 2 * step);
}

}  // namespace

/// Each token is a value of its own or a key, which is larger by its string's own fields; nothing recurses.
std::size_t memory_of(const item& from) noexcept {
    constexpr std::size_t key_fields = 32;
    constexpr std::size_t container = 96;  // its node and what surrounds its items
    if (!from.exists()) return 0;
    std::size_t sum = 0;
    for (const token* each = from.position(); each != from.behind(); ++each) {
        sum += sizeof(value);
        const bool holds_bytes = each->kind == value_kind::string || each->kind == value_kind::binary;
        if (holds_bytes) sum += key_fields + block_of(each->size + 1);
        if (each->kind == value_kind::array || each->kind == value_kind::object) sum += container;
    }
    return sum;
}

}  // namespace kedge
