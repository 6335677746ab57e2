#include <kedge/socketio/value/value_memory.hpp>

#include <algorithm>

#include <kedge/socketio/value/tape.hpp>
#include <kedge/socketio/value/value.hpp>
#include <kedge/socketio/value/value_slabs.hpp>

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
/// Of slabs half may be waste.
std::size_t memory_of(const item& from) noexcept {
    constexpr std::size_t key_fields = 32;
    constexpr std::size_t container = 40;  // what stands before its items, and in a slab
    if (!from.exists()) return 0;
    const token* const end = from.behind();
    std::size_t sum = 0;
    std::size_t fields = 0;
    for (const token* each = from.position(); each != end; ++each) {
        sum += sizeof(value);
        const bool holds_bytes = each->kind == value_kind::string || each->kind == value_kind::binary;
        if (holds_bytes) fields += key_fields;
        if (holds_bytes && each->size != 0) sum += block_of(each->size + sizeof(void*));
        const bool holds_values = each->kind == value_kind::array || each->kind == value_kind::object;
        if (holds_values && each->size != 0) sum += block_of(container);
    }
    const bool in_slabs = static_cast<std::size_t>(end - from.position()) >= value_slabs::many;
    return fields + (in_slabs ? 2 * sum : sum);
}

}  // namespace kedge
