#include <algorithm>
#include <optional>
#include <utility>

#include <kedge/stomp/participant.hpp>

// What a client has to do with the broker behind a relay; and who waits for whom.

namespace kedge::stomp {

void participant::approach_broker() {
    std::optional<relay_login> who;
    if (of_.relay->terms.login_of) {
        home_.home().guarded([&] { who = of_.relay->terms.login_of(client(link_)); });
        if (!who) return refuse("the server could not decide");
    }
    far_->start(who ? std::move(*who) : of_.relay->terms.system);
}

void participant::on_abandoned(std::string_view why) {
    home_.log(log_level::info, "STOMP broker left a client", {{"client", link_->id}, {"error", why}});
}

void participant::on_commit(stomp::session&, std::string_view transaction, bool begins) {
    if (far_) far_->on_commit(transaction, begins);
}

void participant::on_disconnect(stomp::session&) {
    if (far_) far_->on_disconnect();
}

/// Whether a client means a message of the broker's. Those of this server have ids of a mark and a number.
bool participant::acknowledges_far(std::string_view id, const frame& asked) const noexcept {
    if (!far_) return false;
    if (const subscription* const of = session_.find(asked.value("subscription")))
        return of_.relay->takes(of->destination);
    const bool ours = id.size() > 1 && (id.front() == topic_mark || id.front() == queue_mark) &&
                      std::all_of(id.begin() + 1, id.end(), [](char c) { return c >= '0' && c <= '9'; });
    return !ours;
}

// ---- pressure

void participant::hold(cause why, bool held) {
    const unsigned bit = static_cast<unsigned>(why);
    held_ = held ? held_ | bit : held_ & ~bit;
    session_.hold(held_ != 0);
}

void participant::on_crowded(bool crowded) {
    crowded_ = crowded;
    if (far_) far_->hold(crowded);
    if (crowded) return;
    for (reader& each : readers_) {
        if (each.on_their_way.empty()) continue;
        of_.queues->settle(each.destination, each.consumer, std::exchange(each.on_their_way, {}), true);
    }
}

}  // namespace kedge::stomp
