// What a Redis Cluster says of its slots, and the errors by which its nodes send on: whatever comes out names
// slots that there are and nodes that can be reached.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include <kedge/cluster/client/slot_map.hpp>
#include <kedge/cluster/redis/resp_reader.hpp>

namespace {

void check(bool holds) {
    if (!holds) std::abort();
}

void look_at(kedge::cluster::resp_value reply) {
    const auto map = kedge::cluster::slot_map::read(reply, "asked");
    if (map) {
        check(!map->masters().empty());
        for (unsigned slot = 0; slot <= kedge::cluster::slot_count; slot += 61)
            if (const auto* owner = map->owner(slot)) check(owner->port != 0 && map->knows(*owner));
    }
    const auto to = kedge::cluster::read_redirection(reply.text());
    if (!to) return;
    check(to->slot < kedge::cluster::slot_count && to->to.port != 0);
    if (!map) return;
    auto moved = *map;
    moved.set_owner(to->slot, to->to);
    check(*moved.owner(to->slot) == to->to);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    kedge::cluster::resp_reader reader({.max_bytes = 4096, .max_items = 1000, .max_depth = 8});
    reader.feed(bytes, [](kedge::cluster::resp_value reply) {
        look_at(reply);
        return true;
    });
    return 0;
}
