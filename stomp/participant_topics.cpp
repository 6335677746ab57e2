#include <algorithm>
#include <memory>
#include <utility>

#include <kedge/socketio/core/nsp_state.hpp>
#include <kedge/socketio/rooms/adapter.hpp>
#include <kedge/stomp/participant.hpp>

// What a client hears of rooms, and how it comes back to them.

namespace kedge::stomp {

/// A client that comes back and names the last event that it has is first sent what it missed.
void participant::listen(const subscription& of, std::string room, std::string_view only,
                         std::string_view last_event) {
    listeners_.push_back(std::make_unique<topic_listener>(*this, link_->id, *of_.topics, of, only));
    topic_listener& made = *listeners_.back();
    if (last_event.empty() || !of_.topics->adapter().recovers()) return made.listen(room);
    coming_back_.push_back(session_.expect());
    made.come_back(std::move(room), std::string(last_event), coming_back_.back());
    if (coming_back_.size() == 1) take_back_soon();
}

/// One return in a turn: each may look through all that is kept, and others wait.
void participant::take_back_soon() {
    link_->way->pass([link = link_] {
        if (link->at) link->at->take_back();
    });
}

void participant::take_back() {
    for (bool taken = false; !taken && !coming_back_.empty();) {
        const std::uint64_t errand = coming_back_.front();
        coming_back_.pop_front();
        const auto found = std::find_if(listeners_.begin(), listeners_.end(),
                                        [&](const auto& each) { return each->errand() == errand; });
        taken = found != listeners_.end();
        if (taken) (*found)->resume(of_.topics->adapter(), make_id());
    }
    if (!coming_back_.empty()) take_back_soon();
}

}  // namespace kedge::stomp
