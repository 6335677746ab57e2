#include <kedge/socketio/events/event_table.hpp>

#include <algorithm>
#include <utility>

namespace kedge {

event_names::entry& event_names::acquire(std::string_view name) {
    entry* found = look_up(name);
    if (!found) {
        entries_.push_back(std::make_unique<entry>(entry{std::string(name), 0, entries_.size()}));
        found = entries_.back().get();
        if (entries_.size() == few + 1)
            for (const auto& each : entries_) index_.emplace(each->name, each.get());
        else if (entries_.size() > few)
            index_.emplace(found->name, found);
    }
    ++found->uses;
    return *found;
}

void event_names::release(entry& used) {
    if (--used.uses != 0) return;
    index_.erase(used.name);
    const std::size_t place = used.place;
    entries_.back()->place = place;
    std::swap(entries_[place], entries_.back());
    entries_.pop_back();
    if (entries_.size() <= few) index_.clear();
}

event_names::entry* event_names::look_up(std::string_view name) const noexcept {
    if (entries_.size() <= few) {
        for (const auto& each : entries_)
            if (each->name == name) return each.get();
        return nullptr;
    }
    const auto found = index_.find(name);
    return found == index_.end() ? nullptr : found->second;
}

void event_table::add(std::string_view name, std::shared_ptr<event_handler> handler, listener id, bool once) {
    slots_.push_back({&names_.acquire(name), std::move(handler), id, once});
}

// Handlers are destroyed when the table is whole again: their captures may come back to it.
template <class Which>
void event_table::remove_if(Which which) {
    std::vector<slot> gone;
    const auto first =
        std::stable_partition(slots_.begin(), slots_.end(), [&](const slot& one) { return !which(one); });
    gone.insert(gone.end(), std::make_move_iterator(first), std::make_move_iterator(slots_.end()));
    slots_.erase(first, slots_.end());
    for (auto& one : gone) names_.release(*one.name);
}

void event_table::remove(listener id) {
    remove_if([id](const slot& one) { return one.id == id; });
}

void event_table::remove(std::string_view name) {
    const auto* known = names_.find(name);
    if (known) remove_if([known](const slot& one) { return one.name == known; });
}

void event_table::clear() {
    auto gone = std::exchange(slots_, {});
    for (auto& one : gone) names_.release(*one.name);
}

std::size_t event_table::count(std::string_view name) const noexcept {
    const auto* known = names_.find(name);
    return static_cast<std::size_t>(
        std::count_if(slots_.begin(), slots_.end(), [known](const slot& one) { return one.name == known; }));
}

void event_table::collect(std::string_view name, event_handlers& into) {
    const auto* known = names_.find(name);
    if (!known) return;
    bool any_once = false;
    for (const auto& one : slots_) {
        if (one.name != known) continue;
        into.add(one.handler);
        any_once |= one.once;
    }
    if (any_once) remove_if([known](const slot& one) { return one.once && one.name == known; });
}

void shared_event_table::add(std::string_view name, std::shared_ptr<event_handler> handler, listener id) {
    handlers_[std::string(name)].push_back({std::move(handler), id});
}

void shared_event_table::remove(listener id) {
    for (auto at = handlers_.begin(); at != handlers_.end();) {
        std::erase_if(at->second, [id](const slot& one) { return one.id == id; });
        at = at->second.empty() ? handlers_.erase(at) : std::next(at);
    }
}

void shared_event_table::remove(std::string_view name) {
    if (const auto found = handlers_.find(name); found != handlers_.end()) handlers_.erase(found);
}

}  // namespace kedge
