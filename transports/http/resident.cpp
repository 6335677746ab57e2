#include <kedge/transports/http/resident.hpp>

namespace kedge::transports {

void residence::wind_up() {
    // Each stands in the list still when it is told, or has left; either way the next one is known before.
    engine::owned_list<mortal> told;
    while (auto next = all_.take_first()) {
        auto& each = static_cast<resident&>(told.add(std::move(next)));
        each.wind_up();
    }
    all_.take_all(told);
}

}  // namespace kedge::transports
