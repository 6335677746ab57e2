#include <kedge/engine/graveyard.hpp>

namespace kedge::engine {

graveyard::graveyard(loop& home) : home_(home) {}

graveyard::~graveyard() {
    home_.forget(*this);
}

void graveyard::bury(std::unique_ptr<departed> dead) noexcept {
    departed_.add(std::move(dead));
    home_.at_end_of_turn(*this);
}

void graveyard::bury(std::unique_ptr<transport> dead) noexcept {
    dead->owner(nullptr);
    transports_.add(std::move(dead));
    home_.at_end_of_turn(*this);
}

void graveyard::see_off(std::unique_ptr<transport> leaving) noexcept {
    transport& which = *leaving;
    which.owner(this);
    leaving_.add(std::move(leaving));
    ++leaving_count_;
    try {
        which.close();
    } catch (...) {  // there is no memory for a goodbye
        which.abort();
        release(which);
    }
}

void graveyard::on_error(transport& from, std::string_view) {
    if (from.owner() != this) return;
    discard(from);
    release(from);
}

void graveyard::on_close(transport& from) {
    release(from);
}

/// From among those that leave to the dead; the owner tells which it is.
void graveyard::release(transport& from) noexcept {
    if (from.owner() != this) return;
    --leaving_count_;
    bury(owned_list<transport>::take(from));
}

void graveyard::end_turn() {
    // What was queued before, such as a flush of what the dead said last, goes first.
    if (!others_went_first_) {
        others_went_first_ = true;
        return home_.at_end_of_turn(*this);
    }
    others_went_first_ = false;
    owned_list<departed> all;
    owned_list<transport> transports;
    all.take_all(departed_);
    transports.take_all(transports_);
    while (auto dead = all.take_first())
        if (auto closing = dead->take_closing_transport()) see_off(std::move(closing));
}

}  // namespace kedge::engine
