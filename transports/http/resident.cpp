#include <kedge/transports/http/resident.hpp>

#include <vector>

namespace kedge::transports {

residence::~residence() {
    clear();
}

void residence::clear() noexcept {
    while (first_) take(*first_);
}

void residence::add(std::unique_ptr<resident> who) noexcept {
    who->next_ = first_;
    if (first_) first_->previous_ = who.get();
    first_ = who.release();
}

std::unique_ptr<resident> residence::take(resident& who) noexcept {
    if (who.previous_) who.previous_->next_ = who.next_;
    if (who.next_) who.next_->previous_ = who.previous_;
    if (first_ == &who) first_ = who.next_;
    who.next_ = who.previous_ = nullptr;
    return std::unique_ptr<resident>(&who);
}

void residence::wind_up() {
    // Nobody who leaves is destroyed before the turn ends, so the list may be walked over a copy.
    std::vector<resident*> all;
    for (resident* each = first_; each; each = each->next_) all.push_back(each);
    for (resident* each : all) each->wind_up();
}

}  // namespace kedge::transports
