#include <algorithm>
#include <charconv>
#include <utility>

#include <kedge/stomp/participant.hpp>

// What a client has to do with queues.

namespace kedge::stomp {

namespace {

// What one client may have on its way to queues: beyond the first it is not read, beyond the second it is
// refused, since there are clients that cannot be held.
constexpr std::size_t many_put_bytes = std::size_t{1} << 20;
constexpr std::size_t most_put_bytes = std::size_t{16} << 20;

std::optional<std::uint64_t> read_number(std::string_view digits) noexcept {
    std::uint64_t number = 0;
    const char* const end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, number);
    return error == std::errc{} && stop == end ? std::optional(number) : std::nullopt;
}

/// How many messages a subscription wants to have at most.
std::size_t wanted(const frame& asked, std::size_t most) noexcept {
    const std::optional<std::uint64_t> told = read_number(asked.value("prefetch-count"));
    return told && *told > 0 && *told < most ? static_cast<std::size_t>(*told) : most;
}

}  // namespace

void participant::read_queue(const subscription& of, const frame& asked) {
    queue_desk& queues = *of_.queues;
    const reader made{
        .consumer = queues.next_consumer(), .subscription = of.id, .destination = of.destination};
    readers_.push_back(made);
    queues.add(made.destination, made.consumer, wanted(asked, queues.terms().max_unsettled),
               {.from = link_, .number = session_.expect()});
}

/// What it has goes back to the queue. What it says of that later, not knowing, is no mistake of its own.
void participant::stop_reading(reader& which) {
    of_.queues->remove(which.destination, which.consumer);
    returned_.insert(returned_.end(), which.unsettled.begin(), which.unsettled.end());
    const std::size_t most = of_.terms.queues.max_unsettled;
    if (returned_.size() > most)
        returned_.erase(returned_.begin(), returned_.end() - static_cast<std::ptrdiff_t>(most));
}

std::optional<refusal> participant::enqueue(frame& sent, std::string_view destination) {
    auto made = std::make_shared<kept_message>();
    for (auto& [name, value] : sent.headers) {
        if (travels(name)) made->headers.emplace_back(std::move(name), std::move(value));
    }
    made->body = std::move(sent.body);
    const std::size_t size = made->bytes();
    if (put_bytes_ + size > most_put_bytes && put_bytes_ > 0)
        return refusal{.message = "too much is on its way to queues", .details = std::string(destination)};
    const std::uint64_t errand = session_.expect();
    puts_.emplace(errand, size);
    put_bytes_ += size;
    if (put_bytes_ > many_put_bytes) hold(cause::queues, true);
    of_.queues->put(std::string(destination), std::move(made), {.from = link_, .number = errand});
    return std::nullopt;
}

void participant::settle(std::uint64_t errand, const std::optional<refusal>& why) {
    if (const auto put = puts_.extract(errand)) {
        put_bytes_ -= put.mapped();
        if (put_bytes_ <= many_put_bytes / 2) hold(cause::queues, false);
    }
    session_.settle(errand, why);
}

void participant::take(std::uint64_t consumer, const delivery& what) {
    const auto found = std::find_if(readers_.begin(), readers_.end(),
                                    [&](const reader& each) { return each.consumer == consumer; });
    if (found == readers_.end()) return;  // its queue has been told, and takes the message back
    const subscription* const to = session_.find(found->subscription);
    if (!to) return;
    const bool counts = to->ack == ack_mode::automatic;
    if (!counts) found->unsettled.push_back(what.number);
    std::vector<header_view> headers(what.what->headers.begin(), what.what->headers.end());
    if (what.redelivered) headers.emplace_back("redelivered", "true");
    const std::string id = queue_mark + std::to_string(what.number);
    const std::string destination = to->destination;
    of_.counted.messages_out.fetch_add(1, std::memory_order_relaxed);
    const bool sent =
        session_.deliver(*to, destination, id, counts ? std::string_view() : id, headers, what.what->body);
    if (!counts || !sent) return;
    // What waits for a slow client is not taken yet: the queue gives it no more than it may have.
    if (crowded_) return found->on_their_way.push_back(what.number);
    of_.queues->settle(destination, consumer, {what.number}, true);
}

/// Who has a message. Numbers grow. Only who has it is asked what else it means: a client may have many
/// subscriptions.
reader* participant::reader_with(std::uint64_t number, std::string_view subscription_id) noexcept {
    const auto found = std::find_if(readers_.begin(), readers_.end(), [&](const reader& each) {
        return (subscription_id.empty() || each.subscription == subscription_id) &&
               std::binary_search(each.unsettled.begin(), each.unsettled.end(), number);
    });
    return found == readers_.end() ? nullptr : &*found;
}

std::optional<refusal> participant::may_ack(stomp::session&, std::string_view id, const frame& asked_for) {
    if (acknowledges_far(id, asked_for)) return std::nullopt;
    const std::optional<std::uint64_t> number =
        id.size() > 1 ? read_number(id.substr(1)) : std::optional<std::uint64_t>();
    // Messages of topics everybody has; who has taken them does not matter.
    if (number && id.front() == topic_mark) return std::nullopt;
    if (number && id.front() == queue_mark) {
        if (reader_with(*number, asked_for.value("subscription"))) return std::nullopt;
        if (std::find(returned_.begin(), returned_.end(), *number) != returned_.end()) return std::nullopt;
    }
    return refusal{.message = "no such message to acknowledge", .details = std::string(id)};
}

std::optional<refusal> participant::on_ack(stomp::session&, std::string_view id, const frame& asked_for) {
    if (acknowledges_far(id, asked_for)) {
        far_->forward(asked_for);
        return std::nullopt;
    }
    if (id.front() == topic_mark) return std::nullopt;
    const std::uint64_t number = read_number(id.substr(1)).value_or(0);
    if (reader* const which = reader_with(number, asked_for.value("subscription"))) {
        const subscription* const of = session_.find(which->subscription);
        const bool all_before = of && of->ack == ack_mode::client;
        of_.queues->settle(which->destination, which->consumer, which->take(number, all_before),
                           asked_for.command == "ACK");
        return std::nullopt;
    }
    // It went back when its subscription ended; or it was settled earlier in the same transaction.
    std::erase(returned_, number);
    return std::nullopt;
}

}  // namespace kedge::stomp
