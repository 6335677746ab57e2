#include <algorithm>
#include <charconv>
#include <utility>

#include <kedge/stomp/participant.hpp>

// What a client has to do with queues.

namespace kedge::stomp {

namespace {

// Messages of queues have ids of their own, by which they are settled.
constexpr char mark = 'q';

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

void participant::stop_reading(const reader& which) {
    of_.queues->remove(which.destination, which.consumer);
}

std::optional<refusal> participant::enqueue(frame& sent, std::string_view destination) {
    auto made = std::make_shared<kept_message>();
    for (auto& [name, value] : sent.headers) {
        if (travels(name)) made->headers.emplace_back(std::move(name), std::move(value));
    }
    made->body = std::move(sent.body);
    of_.queues->put(std::string(destination), std::move(made), {.from = link_, .number = session_.expect()});
    return std::nullopt;
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
    const std::string id = mark + std::to_string(what.number);
    const std::string destination = to->destination;
    of_.counted.messages_out.fetch_add(1, std::memory_order_relaxed);
    const bool sent =
        session_.deliver(*to, destination, id, counts ? std::string_view() : id, headers, what.what->body);
    if (counts && sent) of_.queues->settle(destination, consumer, {what.number}, true);
}

/// Messages of topics everybody has; who has taken them does not matter.
std::optional<refusal> participant::on_ack(stomp::session&, std::string_view id,
                                           std::string_view subscription_id, bool taken) {
    const std::optional<std::uint64_t> number =
        id.size() > 1 ? read_number(id.substr(1)) : std::optional<std::uint64_t>();
    if (number && id.front() == topic_mark) return std::nullopt;
    for (reader& each : readers_) {
        if (!number || id.front() != mark) break;
        if (!subscription_id.empty() && each.subscription != subscription_id) continue;
        // Numbers grow. Only who has it is asked what else it means: a client may have many subscriptions.
        if (!std::binary_search(each.unsettled.begin(), each.unsettled.end(), *number)) continue;
        const subscription* const of = session_.find(each.subscription);
        const bool all_before = of && of->ack == ack_mode::client;
        std::vector<std::uint64_t> settled = each.take(*number, all_before);
        if (settled.empty()) continue;
        of_.queues->settle(each.destination, each.consumer, std::move(settled), taken);
        return std::nullopt;
    }
    return refusal{.message = "no such message to acknowledge", .details = std::string(id)};
}

}  // namespace kedge::stomp
