#include <kedge/transports/engineio/lobby.hpp>

#include <chrono>
#include <utility>

#include <kedge/transports/loop/kernel.hpp>
#include <kedge/transports/net/connection_limits.hpp>

namespace kedge::transports {

namespace {

// Who polls is back within moments, and by a bad network within seconds.
constexpr engine::duration between_polls = std::chrono::seconds(10);

}  // namespace

/// A place in a ring, or the ring's own beginning.
struct lobby::knot {
    explicit knot(guest* who = nullptr) noexcept : of(who) {}
    ~knot() { untie(); }
    knot(const knot&) = delete;
    knot& operator=(const knot&) = delete;

    void tie_before(knot& where) noexcept {
        next = &where;
        previous = where.previous;
        previous->next = where.previous = this;
    }
    void untie() noexcept {
        previous->next = next;
        next->previous = previous;
        next = previous = this;
    }

    guest* of;
    knot* next = this;
    knot* previous = this;
};

/// What came from one address or by one connection.
struct lobby::account {
    const std::string* key = nullptr;
    std::size_t guests = 0;
    std::size_t unattended = 0;  // of these
    knot newcomers;              // of these, oldest first
    knot absent;                 // of these, who is away for longest first
};

/// Where a session stands: among the newcomers of all, of its address and of its connection while it was
/// never polled, and later, while no poll waits for it, among those of all and of its address that are away.
struct lobby::place {
    explicit place(guest& who) noexcept : among_all(&who), of_address(&who), of_connection(&who) {}

    bool of_newcomer() const noexcept { return connection != nullptr; }
    void untie() noexcept {
        among_all.untie();
        of_address.untie();
        of_connection.untie();
    }

    knot among_all;
    knot of_address;
    knot of_connection;
    account* connection = nullptr;
    engine::time_point since{};  // when it went away
};

lobby::lobby(const lobby_limits& limits)
    : limits_(limits),
      newcomers_(std::make_unique<knot>()),
      absent_(std::make_unique<knot>()),
      addresses_(std::make_unique<accounts>()),
      connections_(std::make_unique<accounts>()) {}

lobby::~lobby() = default;

bool lobby::make_room(const opener& from) {
    if (account* const by = full(*connections_, std::to_string(from.connection), limits_.per_connection))
        evict_oldest(by->newcomers);
    account* const at =
        from.address.empty() ? nullptr : full(*addresses_, host_key(from.address), limits_.per_address);
    if (at && !evict_oldest(at->newcomers) && !evict_absent(at->absent)) return false;
    return unattended() < limits_.all || evict_oldest(*newcomers_) || evict_absent(*absent_);
}

/// The account of that key, if it holds as many as are allowed.
lobby::account* lobby::full(accounts& among, const std::string& key, std::size_t limit) {
    if (limit == 0) return nullptr;
    const auto at = among.find(key);
    return at == among.end() || at->second.unattended < limit ? nullptr : &at->second;
}

/// False when nobody in the ring was never polled.
bool lobby::evict_oldest(knot& of) {
    guest* const oldest = of.next->of;
    if (!oldest) return false;
    evict(*oldest);
    return true;
}

/// False when all in the ring were here a moment ago.
bool lobby::evict_absent(knot& of) {
    guest* const longest = of.next->of;
    if (!longest || wheel_time(os().now()) - longest->place_->since < between_polls) return false;
    evict(*longest);
    return true;
}

void lobby::evict(guest& which) {
    evicted_.store(evicted() + 1, std::memory_order_relaxed);
    which.leave();
    which.on_evicted();
}

lobby::account& lobby::open_account(accounts& among, std::string key) {
    const auto [at, made] = among.try_emplace(std::move(key));
    account& opened = at->second;
    opened.key = &at->first;
    ++opened.guests;
    ++opened.unattended;
    return opened;
}

void lobby::leave_account(accounts& among, account& which) noexcept {
    --which.unattended;
    if (--which.guests == 0) among.erase(among.find(*which.key));
}

void lobby::count(std::ptrdiff_t more) noexcept {
    unattended_.store(unattended() + static_cast<std::size_t>(more), std::memory_order_relaxed);
}

lobby::guest::guest(lobby& in, const opener& from)
    : in_(&in), address_(nullptr), place_(std::make_unique<place>(*this)) {
    if (!from.address.empty()) {
        address_ = &in.open_account(*in.addresses_, host_key(from.address));
        place_->of_address.tie_before(address_->newcomers);
    }
    try {
        place_->connection = &in.open_account(*in.connections_, std::to_string(from.connection));
    } catch (...) {
        place_.reset();
        if (address_) leave_account(*in.addresses_, *address_);
        throw;
    }
    place_->of_connection.tie_before(place_->connection->newcomers);
    place_->among_all.tie_before(*in.newcomers_);
    in.count(1);
}

lobby::guest::~guest() {
    leave();
}

void lobby::guest::attend() noexcept {
    if (!in_ || std::exchange(attended_, true)) return;
    in_->count(-1);
    if (address_) --address_->unattended;
    if (!place_->of_newcomer()) place_->untie();
}

void lobby::guest::wait() noexcept {
    if (!in_ || !std::exchange(attended_, false)) return;
    in_->count(1);
    if (address_) ++address_->unattended;
    if (!place_->of_newcomer()) go_away();
}

void lobby::guest::go_away() noexcept {
    place_->since = wheel_time(os().now());
    place_->among_all.tie_before(*in_->absent_);
    if (address_) place_->of_address.tie_before(address_->absent);
}

void lobby::guest::settle() noexcept {
    if (!place_ || !place_->of_newcomer()) return;
    account& by = *std::exchange(place_->connection, nullptr);
    place_->untie();
    leave_account(*in_->connections_, by);
    if (!attended_) go_away();
}

void lobby::guest::leave() noexcept {
    if (!in_) return;
    wait();
    settle();
    place_.reset();
    in_->count(-1);
    if (address_) leave_account(*in_->addresses_, *address_);
    in_ = nullptr;
}

}  // namespace kedge::transports
