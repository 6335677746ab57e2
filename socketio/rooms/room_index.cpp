#include <kedge/socketio/rooms/room_index.hpp>

#include <algorithm>
#include <iterator>
#include <new>
#include <utility>

namespace kedge {
namespace {

constexpr std::size_t many_places = 16;

bool sparse(std::size_t live, std::size_t size) {
    return size > 16 && live * 2 < size;
}

}  // namespace

room_member::room_member(room_index& in, std::string id) : in_(&in), id_(std::move(id)) {
    in.introduce(*this);
}

room_member::~room_member() {
    if (in_) in_->remove(*this);
}

void room_index::introduce(room_member& who) {
    who.known_ = ids_.emplace(who.id(), &who).second;
}

void room_index::present(room_member& who) {
    if (!who.in_ || is_present(who)) return;
    present_.push_back(&who);
    who.present_slot_ = static_cast<std::uint32_t>(present_.size() - 1);
    ++present_count_;
}

void room_index::remove(room_member& who) {
    if (!std::exchange(who.in_, nullptr)) return;
    leave_all(who);
    if (is_present(who)) strike_present(who);
    if (who.known_) ids_.erase(who.id());
    who.known_ = false;
}

void room_index::forget(room_member& who) {
    auto* const told = std::exchange(told_, nullptr);
    remove(who);
    told_ = told;
}

void room_index::strike_present(room_member& who) {
    present_[who.present_slot_] = nullptr;
    who.present_slot_ = room_member::absent;
    --present_count_;
    if (!sparse(present_count_.value(), present_.size())) return;
    std::uint32_t next = 0;
    for (auto* each : present_) {
        if (!each) continue;
        each->present_slot_ = next;
        present_[next++] = each;
    }
    present_.resize(next);
}

room_member* room_index::known(std::string_view id) const noexcept {
    return known(engine::hashed_text(id));
}

room_member* room_index::known(const engine::hashed_text& id) const noexcept {
    const auto found = ids_.find(id);
    return found == ids_.end() ? nullptr : found->second;
}

room_member* room_index::find(std::string_view id) const noexcept {
    auto* who = known(id);
    return who && is_present(*who) ? who : nullptr;
}

room_member* room_index::owner_in_room(const engine::hashed_text& name) const noexcept {
    auto* who = known(name);
    return who && who->in_own_room_ ? who : nullptr;
}

bool room_index::join(room_member& who, std::string_view name) {
    if (!who.in_ || who.leaving_) return false;
    if (name == who.id()) {
        if (who.in_own_room_) return false;
        join_own(who);
        return true;
    }
    const engine::hashed_text sought(name);
    auto found = rooms_.find(sought);
    bool created = false;
    if (found == rooms_.end()) {
        created = !owner_in_room(sought);
        found = rooms_.try_emplace(std::string(name)).first;
        found->second.name_ = found->first;
    } else if (find_place(who, found->second) != room_member::absent) {
        return false;
    }
    try {
        enter(who, found->second);
        if (told_ && created) told_->on_create_room(name);
    } catch (...) {  // then it has not happened
        auto* const told = std::exchange(told_, nullptr);
        leave(who, name);
        told_ = told;
        if (const auto empty = rooms_.find(sought); empty != rooms_.end() && empty->second.live_ == 0)
            rooms_.erase(empty);
        throw;
    }
    if (told_) told_->on_join_room(name, who.id());
    return true;
}

void room_index::join_own(room_member& who) {
    if (told_ && !rooms_.contains(who.id())) told_->on_create_room(who.id());
    who.in_own_room_ = true;
    if (!told_) return;
    told_->on_join_room(who.id(), who.id());
}

void room_index::enter(room_member& who, room& where) {
    const auto at = static_cast<std::uint32_t>(who.places_.size());
    who.places_.push_back({&where, static_cast<std::uint32_t>(where.slots_.size())});
    try {
        where.slots_.push_back({&who, at});
    } catch (...) {
        who.places_.pop_back();
        throw;
    }
    ++where.live_;
    ++who.live_places_;
    who.name_bytes_ += where.name_.size();
    try {
        if (who.by_room_) {
            who.by_room_->emplace(&where, at);
        } else if (who.live_places_ > many_places) {
            who.by_room_ = std::make_unique<room_member::place_index>();
            for (std::uint32_t i = 0; i < who.places_.size(); ++i)
                if (who.places_[i].where) who.by_room_->emplace(who.places_[i].where, i);
        }
    } catch (const std::bad_alloc&) {
        who.by_room_.reset();  // all places are looked at until there is memory
    }
}

std::uint32_t room_index::find_place(const room_member& who, const room& where) const noexcept {
    if (who.by_room_) {
        const auto found = who.by_room_->find(&where);
        return found == who.by_room_->end() ? room_member::absent : found->second;
    }
    for (std::uint32_t i = 0; i < who.places_.size(); ++i)
        if (who.places_[i].where == &where) return i;
    return room_member::absent;
}

bool room_index::contains(const room_member& who, std::string_view name) const noexcept {
    if (name == who.id()) return who.in_own_room_;
    const auto found = rooms_.find(name);
    return found != rooms_.end() && find_place(who, found->second) != room_member::absent;
}

bool room_index::leave(room_member& who, std::string_view name) {
    if (name == who.id()) {
        if (!who.in_own_room_) return false;
        leave_own(who);
        return true;
    }
    const auto found = rooms_.find(name);
    if (found == rooms_.end()) return false;
    const auto at = find_place(who, found->second);
    if (at == room_member::absent) return false;
    strike(who, at);
    close_up(who);
    return true;
}

void room_index::leave_own(room_member& who) {
    who.in_own_room_ = false;
    if (!told_) return;
    const bool emptied = !rooms_.contains(who.id());
    told_->on_leave_room(who.id(), who.id());
    if (emptied) told_->on_delete_room(who.id());
}

// Who is told may make it leave others meanwhile, which moves the rest.
void room_index::leave_all(room_member& who) {
    const bool before = std::exchange(who.leaving_, true);
    if (who.in_own_room_) leave_own(who);
    do {
        for (std::uint32_t i = 0; i < who.places_.size(); ++i)
            if (who.places_[i].where) strike(who, i);
    } while (who.live_places_ != 0);
    std::vector<room_member::place>().swap(who.places_);
    who.by_room_.reset();
    who.leaving_ = before;
}

void room_index::strike(room_member& who, std::uint32_t at) {
    room& where = *who.places_[at].where;
    where.slots_[who.places_[at].slot].who = nullptr;
    --where.live_;
    who.places_[at].where = nullptr;
    --who.live_places_;
    who.name_bytes_ -= where.name_.size();
    if (who.by_room_) who.by_room_->erase(&where);
    room_map::node_type gone;
    if (where.live_ == 0) {
        gone = rooms_.extract(rooms_.find(where.name_));
    } else if (sparse(where.live_, where.slots_.size())) {
        close_up(where);
    }
    const bool emptied = gone && !owner_in_room(gone.key());
    if (told_) told_->on_leave_room(where.name_, who.id());
    if (told_ && emptied) told_->on_delete_room(gone.key());
}

void room_index::close_up(room& where) {
    std::uint32_t next = 0;
    for (const auto& each : where.slots_) {
        if (!each.who) continue;
        each.who->places_[each.place].slot = next;
        where.slots_[next++] = each;
    }
    where.slots_.resize(next);
}

void room_index::close_up(room_member& who) {
    if (!sparse(who.live_places_, who.places_.size())) return;
    std::uint32_t next = 0;
    for (const auto& each : who.places_) {
        if (!each.where) continue;
        each.where->slots_[each.slot].place = next;
        if (who.by_room_) (*who.by_room_)[each.where] = next;
        who.places_[next++] = each;
    }
    who.places_.resize(next);
}

std::vector<std::string> room_index::rooms_of(const room_member& who) const {
    std::vector<std::string> names;
    names.reserve(who.room_count());
    if (who.in_own_room_) names.push_back(who.id());
    for (const auto& each : who.places_)
        if (each.where) names.emplace_back(each.where->name_);
    return names;
}

template <class Visit>
void room_index::visit_room(std::string_view name, Visit&& visit) const {
    const engine::hashed_text sought(name);
    if (auto* owner = owner_in_room(sought)) visit(*owner);
    const auto found = rooms_.find(sought);
    if (found == rooms_.end()) return;
    for (const auto& each : found->second.slots_)
        if (each.who) visit(*each.who);
}

std::size_t room_index::room_size(std::string_view name) const noexcept {
    const engine::hashed_text sought(name);
    const auto found = rooms_.find(sought);
    return (found == rooms_.end() ? 0 : found->second.live_) + (owner_in_room(sought) ? 1 : 0);
}

std::vector<std::string> room_index::room_names() const {
    std::vector<std::string> names;
    for (const auto& [id, who] : ids_)
        if (who->in_own_room_) names.emplace_back(id);
    for (const auto& [name, where] : rooms_)
        if (!owner_in_room(name)) names.push_back(name);
    return names;
}

void room_index::select(std::span<const std::string> rooms, std::span<const std::string> except,
                        std::vector<room_member*>& into) {
    if (rooms.empty() && except.empty()) {
        std::copy_if(present_.begin(), present_.end(), std::back_inserter(into),
                     [](const room_member* each) { return each != nullptr; });
        return;
    }
    const auto mark = ++last_mark_;
    for (const auto& name : except) visit_room(name, [mark](room_member& who) { who.mark_ = mark; });
    const auto take = [&](room_member& who) {
        if (who.mark_ == mark || !is_present(who)) return;
        who.mark_ = mark;
        into.push_back(&who);
    };
    if (rooms.empty()) {
        for (auto* each : present_)
            if (each) take(*each);
        return;
    }
    for (const auto& name : rooms) visit_room(name, take);
}

}  // namespace kedge
