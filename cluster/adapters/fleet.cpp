#include <kedge/cluster/adapters/fleet.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace kedge::cluster {

fleet::place& fleet::here(transports::worker& home) {
    const std::lock_guard hold(lock_);
    return places_[&home];
}

redis_client* fleet::enter(adapter_host& who) {
    transports::worker* const home = transports::worker::current();
    if (!home) return nullptr;
    place& at = here(*home);
    at.members.push_back(&who);
    if (at.client) return at.client;
    auto made = std::make_unique<redis_client>(
        *home, where_, [this, &at](log_level level, std::string_view what, std::string_view why) {
            log(at, level, what, why);
        });
    at.client = made.get();
    home->own(std::move(made));
    at.client->start();
    return at.client;
}

void fleet::leave(adapter_host& who) {
    transports::worker* const home = transports::worker::current();
    if (!home) return;
    place& at = here(*home);
    std::erase(at.members, &who);
    if (!at.members.empty() || !at.client) return;
    redis_client& last = *std::exchange(at.client, nullptr);
    last.stop();
    home->bury(last);
}

void fleet::log(const place& at, log_level level, std::string_view what, std::string_view why) const {
    if (at.members.empty()) return;
    const std::array<log_record::field, 2> facts{
        {{"redis", where_.where.path.empty() ? where_.where.host : where_.where.path}, {"error", why}}};
    at.members.front()->log(level, what, std::span(facts).first(why.empty() ? 1 : 2));
}

}  // namespace kedge::cluster
