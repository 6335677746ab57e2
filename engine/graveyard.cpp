#include <kedge/engine/graveyard.hpp>

#include <kedge/engine/session.hpp>
#include <kedge/engine/upgrade.hpp>

namespace kedge::engine {

graveyard::graveyard(loop& home) : home_(home) {}

graveyard::~graveyard() {
    home_.forget(*this);
}

void graveyard::bury(std::unique_ptr<session> dead) {
    sessions_.push_back(std::move(dead));
    home_.at_end_of_turn(*this);
}

void graveyard::bury(std::unique_ptr<upgrade> dead) {
    upgrades_.push_back(std::move(dead));
    home_.at_end_of_turn(*this);
}

void graveyard::bury(std::unique_ptr<transport> dead) {
    dead->owner(nullptr);
    transports_.push_back(std::move(dead));
    home_.at_end_of_turn(*this);
}

void graveyard::see_off(std::unique_ptr<transport> leaving) {
    transport& which = *leaving;
    which.owner(this);
    leaving_.emplace(&which, std::move(leaving));
    which.close();
}

void graveyard::on_error(transport& from, std::string_view) {
    from.discard();
    release(from);
}

void graveyard::on_close(transport& from) {
    release(from);
}

void graveyard::release(transport& from) {
    const auto found = leaving_.find(&from);
    if (found == leaving_.end()) return;
    auto dead = std::move(found->second);
    leaving_.erase(found);
    bury(std::move(dead));
}

void graveyard::end_turn() {
    // What was queued before, such as a flush of what the dead said last, goes first.
    if (!others_went_first_) {
        others_went_first_ = true;
        return home_.at_end_of_turn(*this);
    }
    others_went_first_ = false;
    auto sessions = std::exchange(sessions_, {});
    const auto upgrades = std::exchange(upgrades_, {});
    const auto transports = std::exchange(transports_, {});
    for (auto& dead : sessions) {
        if (auto closing = dead->take_closing_transport()) see_off(std::move(closing));
        dead.reset();
    }
}

}  // namespace kedge::engine
