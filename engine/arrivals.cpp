#include <kedge/engine/arrivals.hpp>

#include <exception>
#include <utility>

#include <kedge/engine/guard.hpp>

namespace kedge::engine {

void arrival::set(std::size_t bytes) noexcept {
    if (bytes < arrivals::least) bytes = 0;
    if (bytes == bytes_) return;
    const std::size_t before = std::exchange(bytes_, bytes);
    if (before == 0) among_.enter(*this);
    if (bytes == 0) among_.leave(*this);
    among_.count(bytes - before);  // wraps around where it shrinks
    if (bytes > before) among_.look();
}

void arrivals::bound(std::size_t most, unique_function<void()> tell) {
    most_ = most;
    tell_ = std::move(tell);
}

/// Who is told only asks for a turn to come. What fails is asked for again.
void arrivals::look() noexcept {
    if (most_ != 0 && buffered_bytes::total() > most_) guarded(tell_, [](const std::exception_ptr&) {});
}

std::size_t arrivals::cut_oldest() noexcept {
    const std::size_t wanted = (number_ + 3) / 4;
    std::size_t done = 0;
    for (; done < wanted && first_; ++done) {
        arrival& oldest = *first_;
        arrival_owner& owner = oldest.owner_;
        oldest.set(0);
        owner.on_cut();
    }
    cut_ += done;
    return done;
}

void arrivals::enter(arrival& begun) noexcept {
    begun.before_ = last_;
    (last_ ? last_->behind_ : first_) = &begun;
    last_ = &begun;
    ++number_;
}

void arrivals::leave(arrival& over) noexcept {
    (over.before_ ? over.before_->behind_ : first_) = over.behind_;
    (over.behind_ ? over.behind_->before_ : last_) = over.before_;
    over.before_ = over.behind_ = nullptr;
    --number_;
}

void arrivals::count(std::size_t difference) noexcept {
    bytes_ += difference;
    total_.fetch_add(difference, std::memory_order_relaxed);
    buffered_bytes::add(difference);
}

}  // namespace kedge::engine
