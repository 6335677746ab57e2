#include <kedge/engine/delays.hpp>

#include <iterator>
#include <utility>

namespace kedge::engine {

delays::delayed::delayed(delays& among, task what) noexcept
    : in(among), work(std::move(what)), alarm(timer::calls<&delayed::fire, delayed>(), this) {}

// Taken out first: the work may be the end of him for whom all of them wait.
void delays::delayed::fire(time_point) {
    std::list<delayed> due;
    due.splice(due.end(), in.waiting_, place);
    work();
}

void delays::add(duration delay, task work) {
    auto& made = waiting_.emplace_back(*this, std::move(work));
    made.place = std::prev(waiting_.end());
    home_.timers().arm(made.alarm, later(home_.now(), delay));
}

void delays::clear() noexcept {
    const auto dropped = std::exchange(waiting_, {});
}

}  // namespace kedge::engine
