#include <kedge/cluster/adapters/session_recording.hpp>

#include <algorithm>
#include <utility>

namespace kedge::cluster {

bool is_among(const std::vector<early_place>& early, const event_sender& by) {
    return by.ticket != 0 && std::any_of(early.begin(), early.end(), [&](const early_place& each) {
               return each.uid == by.uid && by.ticket <= each.up_to;
           });
}

session_recording::session_recording(stored_session session) : session_(std::move(session)), who_(session_) {
    for (const auto& each : session_.early)
        if (auto told = early_place::parse(each)) early_.push_back(std::move(*told));
}

bool session_recording::has(const event_sender& by) const {
    return is_among(early_, by);
}

}  // namespace kedge::cluster
