#include <kedge/stomp/queues/queue.hpp>

#include <algorithm>

namespace kedge::stomp {

std::size_t kept_message::bytes() const noexcept {
    constexpr std::size_t overhead = 128;
    std::size_t all = overhead + body.size();
    for (const auto& [name, value] : headers) all += name.size() + value.size() + 2 * sizeof(std::string);
    return all;
}

bool queue::put(kept_ptr what) {
    const std::size_t size = what->bytes();
    // As many as must go for it; none goes when that would not make room enough.
    std::size_t gone = 0, gone_bytes = 0;
    const auto full = [&] {
        return messages_ - gone >= terms_.max_messages || bytes_ - gone_bytes + size > terms_.max_bytes;
    };
    while (full()) {
        if (terms_.full != when_full::drop_oldest || size > terms_.max_bytes || gone == waiting_.size())
            return false;
        gone_bytes += waiting_[gone++].what->bytes();
    }
    for (; gone > 0; --gone) {
        forget(waiting_.front());
        waiting_.pop_front();
    }
    waiting_.push_back({.place = ++last_place_, .what = std::move(what)});
    ++messages_;
    bytes_ += size;
    pump();
    return true;
}

// ---- consumers

void queue::add(std::uint64_t id, std::size_t most) {
    consumers_.push_back({.id = id, .most = std::max(most, std::size_t{1})});
    pump();
}

void queue::remove(std::uint64_t id) {
    const auto found = std::find_if(consumers_.begin(), consumers_.end(),
                                    [&](const consumer& each) { return each.id == id; });
    if (found == consumers_.end()) return;
    std::map<std::uint64_t, entry> left = std::move(found->has);
    const auto index = static_cast<std::size_t>(found - consumers_.begin());
    consumers_.erase(found);
    if (turn_ > index) --turn_;
    // The latest first: each finds its place at the front.
    for (auto each = left.rbegin(); each != left.rend(); ++each) put_back(std::move(each->second));
    pump();
}

queue::consumer* queue::find(std::uint64_t id) noexcept {
    const auto found = std::find_if(consumers_.begin(), consumers_.end(),
                                    [&](const consumer& each) { return each.id == id; });
    return found == consumers_.end() ? nullptr : &*found;
}

void queue::settle(std::uint64_t id, std::uint64_t number, bool taken) {
    consumer* const who = find(id);
    if (!who) return;
    auto had = who->has.extract(number);
    if (had.empty()) return;
    if (taken) {
        forget(had.mapped());
    } else {
        had.mapped().refused_by = id;
        put_back(std::move(had.mapped()));
    }
    pump();
}

// ---- messages

void queue::forget(const entry& gone) noexcept {
    --messages_;
    bytes_ -= gone.what->bytes();
}

void queue::put_back(entry back) {
    if (back.tries >= terms_.max_deliveries) {
        forget(back);
        return to_.give_up(back.what);
    }
    const auto place =
        std::lower_bound(waiting_.begin(), waiting_.end(), back.place,
                         [](const entry& each, std::uint64_t sought) { return each.place < sought; });
    waiting_.insert(place, std::move(back));
}

/// Who is next among those that may have more; who has refused the message, only when nobody else is there.
queue::consumer* queue::next_for(const entry& what) noexcept {
    consumer* last = nullptr;
    std::size_t last_index = 0;
    for (std::size_t step = 0; step < consumers_.size(); ++step) {
        const std::size_t index = (turn_ + step) % consumers_.size();
        consumer& each = consumers_[index];
        if (each.has.size() >= each.most) continue;
        if (each.id != what.refused_by || consumers_.size() == 1) {
            turn_ = index + 1;
            return &each;
        }
        last = &each;
        last_index = index;
    }
    if (last) turn_ = last_index + 1;
    return last;
}

void queue::pump() {
    while (!waiting_.empty()) {
        consumer* const to = next_for(waiting_.front());
        if (!to) return;
        const entry& next = waiting_.front();
        const delivery made{.number = to_.next_delivery(), .what = next.what, .redelivered = next.tries > 0};
        const auto given = to->has.emplace(made.number, next).first;
        ++given->second.tries;
        try {
            to_.deliver(to->id, made);
        } catch (...) {
            to->has.erase(given);  // it waits still
            throw;
        }
        waiting_.pop_front();
    }
}

}  // namespace kedge::stomp
