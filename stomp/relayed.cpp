#include <kedge/stomp/relayed.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <utility>
#include <vector>

namespace kedge::stomp {

namespace {

// What concerns one of the two connections alone; and what names other places than the destination, which is
// all that a program's rules have seen.
constexpr std::array<std::string_view, 6> kept_here{"receipt",
                                                    "transaction",
                                                    "content-length",
                                                    "x-queue-name",
                                                    "x-dead-letter-exchange",
                                                    "x-dead-letter-routing-key"};
// What a broker says of a message, and no sender.
constexpr std::array<std::string_view, 4> of_brokers{"subscription", "message-id", "ack", "redelivered"};

bool passes(const frame& in, std::string_view name) noexcept {
    const auto among = [name](const auto& names) {
        return std::find(names.begin(), names.end(), name) != names.end();
    };
    return !among(kept_here) && (in.command != "SEND" || !among(of_brokers));
}

std::uint64_t receipt_number(std::string_view digits) noexcept {
    std::uint64_t number = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return number;
}

}  // namespace

relayed::relayed(engine::loop& home, relay_core& of, broker_wire& to, session& client, relayed_owner& owner)
    : of_(of), session_(client), owner_(owner), link_(home, to, of.link, *this) {}

relayed::~relayed() {
    depart();
}

// ---- the beginning and the end

void relayed::start(relay_login who) {
    if (!link_.off()) return;
    relay_figures& all = of_.counted;
    // Who waits for a broker that was missed a moment ago waits for nothing.
    if (all.missed) return session_.fail({.message = "the broker is not there"});
    const std::uint64_t before = all.opened.fetch_add(1, std::memory_order_relaxed);
    counted_ = true;
    if (before - all.closed.load(std::memory_order_relaxed) >= of_.terms.max_clients)
        return session_.fail({.message = "too many clients"});
    link_.introduce(std::move(who.login), std::move(who.passcode), session_.spoken());
    link_.start();
}

void relayed::depart() noexcept {
    if (std::exchange(counted_, false)) of_.counted.closed.fetch_add(1, std::memory_order_relaxed);
}

void relayed::stop() {
    link_.stop();
    depart();
}

void relayed::on_ready() {
    owner_.on_admitted();
}

/// A broker that closes behind DISCONNECT does what it was asked for.
void relayed::on_lost(const frame& why) {
    const bool leaving = !session_.connected() && !session_.connecting();
    const std::string_view message = why.find("message") ? why.value("message") : "the broker refuses it";
    if (!leaving) {
        of_.counted.failures.fetch_add(1, std::memory_order_relaxed);
        owner_.on_abandoned(why.body.empty() ? message : std::string_view(why.body));
    }
    const refusal told{.message = std::string(message), .details = why.body};
    // One frame may be at fault.
    session_.settle(receipt_number(why.value("receipt-id")), told);
    session_.fail(told);
    depart();
}

// ---- to the broker

void relayed::say(std::string_view command, std::vector<header_view> headers, std::string_view body) {
    std::string receipt;
    if (session_.wants_receipt() && transaction_.empty()) {
        receipt = std::to_string(session_.expect());
        headers.emplace_back("receipt", receipt);
    }
    link_.send(command, headers, body);
    if (link_.congested()) owner_.on_pressure(true);
}

void relayed::forward(const frame& from) {
    std::vector<header_view> headers;
    if (!transaction_.empty()) {
        const header_view name{"transaction", transaction_};
        if (!std::exchange(begun_, true)) link_.send("BEGIN", {&name, 1});
        headers.push_back(name);
    }
    for (const auto& [name, value] : from.headers) {
        if (passes(from, name)) headers.emplace_back(name, value);
    }
    if (from.command == "SEND") of_.counted.passed_on.fetch_add(1, std::memory_order_relaxed);
    say(from.command, std::move(headers), from.body);
}

void relayed::on_commit(std::string_view transaction, bool begins) {
    if (begins) {
        transaction_ = transaction;
        begun_ = false;
        return;
    }
    const std::string name = std::exchange(transaction_, {});
    if (begun_) say("COMMIT", {{"transaction", name}});
}

void relayed::on_disconnect() {
    if (session_.wants_receipt() && link_.ready()) say("DISCONNECT", {});
}

void relayed::on_room() {
    owner_.on_pressure(false);
}

// ---- from the broker

void relayed::on_frame(frame& got) {
    if (got.command == "RECEIPT") return session_.settle(receipt_number(got.value("receipt-id")));
    of_.counted.heard.fetch_add(1, std::memory_order_relaxed);
    session_.pass(got);
}

}  // namespace kedge::stomp
