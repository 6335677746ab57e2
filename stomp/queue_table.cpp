#include <kedge/stomp/queue_table.hpp>

#include <functional>
#include <new>
#include <utility>

#include <kedge/engine/keyed_hash.hpp>
#include <kedge/socketio/core/hub.hpp>
#include <kedge/stomp/client_end.hpp>

namespace kedge::stomp {

// ---- from any thread

queue_desk::queue_desk(std::shared_ptr<hub> on, queue_options terms)
    : on_(std::move(on)), terms_(std::move(terms)) {
    for (std::size_t index = 0; index < on_->desks().size(); ++index)
        tables_.push_back(std::make_unique<queue_table>(*this));
}

queue_desk::~queue_desk() = default;

void queue_errand::settle(std::optional<refusal> why) const {
    if (!from) return;
    from->way->pass([to = from, number = number, why = std::move(why)] {
        if (to->at) to->at->settle(number, why);
    });
}

/// Runs `act(queue_table&)` on the worker where a queue lives, in a turn to come: what is done to a queue
/// from one thread is done in that order.
template <class Act>
void queue_desk::at_home(std::string_view destination, Act act) {
    const std::size_t index = engine::keyed_hash{}(destination) % tables_.size();
    on_->desks()[index]->post(
        [kept = shared_from_this(), index, act = std::move(act)]() mutable { act(*kept->tables_[index]); });
}

void queue_desk::put(std::string destination, kept_ptr what, queue_errand told) {
    at_home(destination, [to = destination, what = std::move(what), told = std::move(told)](queue_table& at) {
        std::optional<refusal> why;
        try {
            why = at.put(to, what);
        } catch (const std::bad_alloc&) {
            why = refusal{.message = "out of memory", .details = {}};
        }
        told.settle(std::move(why));
    });
}

void queue_desk::add(std::string destination, std::uint64_t consumer, std::size_t most, queue_errand told) {
    at_home(destination, [to = destination, consumer, most, told = std::move(told)](queue_table& at) {
        at.add(to, consumer, most, told);
    });
}

void queue_desk::remove(std::string destination, std::uint64_t consumer) {
    at_home(destination, [from = destination, consumer](queue_table& at) { at.remove(from, consumer); });
}

void queue_desk::settle(std::string destination, std::uint64_t consumer, std::vector<std::uint64_t> numbers,
                        bool taken) {
    at_home(destination, [of = destination, consumer, numbers = std::move(numbers), taken](queue_table& at) {
        at.settle(of, consumer, numbers, taken);
    });
}

// ---- on one worker

/// One queue, and who its consumers are.
class queue_table::place final : private queue_outlet {
  public:
    place(queue_desk& of, std::string name) : of_(of), name_(std::move(name)), queue_(of.terms(), *this) {}

    stomp::queue& queue() noexcept { return queue_; }
    const std::string& name() const noexcept { return name_; }
    std::map<std::uint64_t, std::shared_ptr<client_link>>& consumers() noexcept { return consumers_; }

  private:
    std::uint64_t next_delivery() override { return of_.next_delivery(); }
    void deliver(std::uint64_t consumer, const delivery& what) override {
        const std::shared_ptr<client_link>& to = consumers_.at(consumer);
        to->way->pass([to, consumer, what] {
            if (to->at) to->at->take(consumer, what);
        });
    }
    void give_up(const kept_ptr& what) override {
        of_.counted().given_up.fetch_add(1, std::memory_order_relaxed);
        const std::string& dead = of_.terms().dead_letters;
        if (dead.empty() || dead == name_) return;
        auto letter = std::make_shared<kept_message>(*what);
        letter->headers.emplace_back("original-destination", name_);
        of_.put(dead, std::move(letter));
    }

    queue_desk& of_;
    std::string name_;
    stomp::queue queue_;
    std::map<std::uint64_t, std::shared_ptr<client_link>> consumers_;
};

queue_table::queue_table(queue_desk& of) noexcept : of_(of) {}
queue_table::~queue_table() = default;

queue_table::place* queue_table::enter(const std::string& destination) {
    const auto found = places_.find(destination);
    if (found != places_.end()) return found->second.get();
    if (places_.size() >= of_.terms().max_queues) return nullptr;
    return places_.emplace(destination, std::make_unique<place>(of_, destination)).first->second.get();
}

/// Counts what has become of a queue, also when something was thrown in the middle of it.
class queue_table::tally final {
  public:
    tally(queue_table& in, place& at) noexcept
        : in_(in), at_(at), messages_(at.queue().messages()), bytes_(at.queue().bytes()) {}
    tally(const tally&) = delete;
    tally& operator=(const tally&) = delete;
    ~tally() {
        queue_desk::figures& counted = in_.of_.counted();
        counted.messages.fetch_add(at_.queue().messages() - messages_, std::memory_order_relaxed);
        counted.bytes.fetch_add(at_.queue().bytes() - bytes_, std::memory_order_relaxed);
        in_.bytes_ += at_.queue().bytes() - bytes_;
        if (at_.queue().idle()) in_.places_.erase(in_.places_.find(at_.name()));
    }

  private:
    queue_table& in_;
    place& at_;
    const std::size_t messages_;
    const std::size_t bytes_;
};

template <class Act>
auto queue_table::with(place& at, Act act) {
    const tally counting(*this, at);
    return act(at.queue());
}

std::optional<refusal> queue_table::put(const std::string& destination, kept_ptr what) {
    place* const at = enter(destination);
    const bool room = at && bytes_ + what->bytes() <= of_.terms().max_bytes_of_all;
    const bool kept = at && with(*at, [&](queue& to) { return room && to.put(std::move(what)); });
    (kept ? of_.counted().put : of_.counted().refused).fetch_add(1, std::memory_order_relaxed);
    if (kept) return std::nullopt;
    return refusal{.message = at ? "the queue is full" : "too many queues", .details = destination};
}

/// The client is told before it is given messages.
void queue_table::add(const std::string& destination, std::uint64_t consumer, std::size_t most,
                      const queue_errand& told) {
    place* const at = enter(destination);
    if (!at) return told.settle(refusal{.message = "too many queues", .details = destination});
    told.settle(std::nullopt);
    at->consumers().emplace(consumer, told.from);
    with(*at, [&](queue& to) { return to.add(consumer, most), true; });
}

void queue_table::remove(const std::string& destination, std::uint64_t consumer) {
    const auto found = places_.find(destination);
    if (found == places_.end()) return;
    place& at = *found->second;
    at.consumers().erase(consumer);
    with(at, [&](queue& from) { return from.remove(consumer), true; });
}

void queue_table::settle(const std::string& destination, std::uint64_t consumer,
                         const std::vector<std::uint64_t>& numbers, bool taken) {
    const auto found = places_.find(destination);
    if (found == places_.end()) return;
    with(*found->second, [&](queue& of) {
        // Of those that go back the latest first: the others find their places before it.
        for (auto each = numbers.rbegin(); each != numbers.rend(); ++each) of.settle(consumer, *each, taken);
        return true;
    });
}

}  // namespace kedge::stomp
