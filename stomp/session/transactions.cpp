#include <kedge/stomp/session/transactions.hpp>

#include <utility>

namespace kedge::stomp {

namespace {

std::size_t size_of(const frame& held) noexcept {
    std::size_t size = sizeof(frame) + held.command.size() + held.body.size();
    for (const auto& [name, value] : held.headers) size += sizeof(header) + name.size() + value.size();
    return size;
}

}  // namespace

std::optional<refusal> transactions::begin(std::string_view name) {
    if (open_.contains(name))
        return refusal{.message = "the transaction is open already", .details = std::string(name)};
    if (open_.size() >= terms_.max_transactions) return refusal{.message = "too many transactions"};
    if (name.size() > terms_.max_name_bytes) return refusal{.message = "the transaction's name is too long"};
    open_.emplace(name, open{});
    return std::nullopt;
}

std::optional<refusal> transactions::hold(frame& got) {
    const auto found = open_.find(got.value("transaction"));
    if (found == open_.end())
        return refusal{.message = "no such transaction", .details = std::string(got.value("transaction"))};
    const std::size_t size = size_of(got);
    if (held_bytes_ + size > terms_.max_transaction_bytes)
        return refusal{.message = "the transactions hold too much"};
    held_bytes_ += size;
    found->second.bytes += size;
    found->second.frames.push_back(std::move(got));
    return std::nullopt;
}

std::optional<std::vector<frame>> transactions::end(std::string_view name) {
    const auto found = open_.find(name);
    if (found == open_.end()) return std::nullopt;
    held_bytes_ -= found->second.bytes;
    std::vector<frame> held = std::move(found->second.frames);
    open_.erase(found);
    return held;
}

void transactions::clear() noexcept {
    open_.clear();
    held_bytes_ = 0;
}

}  // namespace kedge::stomp
