#include <kedge/cluster/redis/outbox.hpp>

#include <utility>

namespace kedge::cluster {

namespace {

constexpr std::string_view no_room = "too much waits for Redis";

std::size_t cost(const outbox::entry& one) noexcept {
    return one.command.size() + sizeof one + one.before.size() * sizeof one.answer;
}

std::size_t refuse(outbox::entry& one, std::string_view why) {
    for (auto& each : one.before) answer_with_error(each, why);
    answer_with_error(one.answer, why);
    return one.before.size() + 1;
}

}  // namespace

void answer_with_error(command_answer& whom, std::string_view why) {
    if (!whom) return;
    resp_node node;
    node.kind = resp_kind::error;
    node.size = why.size();
    std::exchange(whom, {})(resp_value(&node, why.data()));
}

std::size_t outbox::push(entry made) {
    const std::size_t needed = cost(made);
    if (needed > max_bytes_) return refuse(made, no_room);
    std::size_t dropped = 0;
    while (bytes_ + needed > max_bytes_) {
        entry oldest = pop();
        dropped += refuse(oldest, no_room);
    }
    bytes_ += needed;
    entries_.push_back(std::move(made));
    return dropped;
}

outbox::entry outbox::pop() {
    entry first = std::move(entries_.front());
    entries_.pop_front();
    bytes_ -= cost(first);
    return first;
}

std::size_t outbox::clear(std::string_view why) {
    auto all = std::exchange(entries_, {});
    bytes_ = 0;
    std::size_t dropped = 0;
    for (auto& each : all) dropped += refuse(each, why);
    return dropped;
}

}  // namespace kedge::cluster
