#include <algorithm>
#include <utility>

#include <kedge/stomp/session/session.hpp>

// What a client that is in asks for, frame by frame.

namespace kedge::stomp {

namespace {

refusal too_long(std::string_view name) {
    return {.message = "the " + std::string(name) + " is too long"};
}

refusal missing(std::string_view name, const frame& in) {
    return {.message = in.command + " needs the header " + std::string(name)};
}

}  // namespace

std::optional<refusal> session::act(frame& got) {
    if (got.command == "BEGIN") return begin(got);
    if (got.command == "COMMIT") return commit(got);
    if (got.command == "ABORT") return abort(got);
    const bool may_wait = got.command == "SEND" || got.command == "ACK" || got.command == "NACK";
    if (may_wait && got.find("transaction")) return transactions_.hold(got);
    if (std::optional<refusal> why = permit(got)) return why;
    return perform(got);
}

/// Whether a frame that may be part of a transaction will be taken, as far as that is known before.
std::optional<refusal> session::permit(const frame& got) {
    if (got.command == "SEND") {
        if (got.value("destination").empty()) return missing("destination", got);
        if (got.value("destination").size() > terms_.max_name_bytes) return too_long("destination");
        return owner_.may_send(*this, got);
    }
    if (got.command != "ACK" && got.command != "NACK") return std::nullopt;
    if (got.command == "NACK" && version_ == version::v1_0)
        return refusal{.message = "unknown command", .details = got.command};
    if (got.value(delivery_name()).empty()) return missing(delivery_name(), got);
    return owner_.may_ack(*this, got.value(delivery_name()), got);
}

std::optional<refusal> session::perform(frame& got) {
    if (got.command == "SEND") return owner_.on_send(*this, got);
    if (got.command == "SUBSCRIBE") return subscribe(got);
    if (got.command == "UNSUBSCRIBE") return unsubscribe(got);
    if (got.command == "ACK" || got.command == "NACK") return acknowledge(got);
    return refusal{.message = "unknown command", .details = got.command};
}

std::optional<refusal> session::subscribe(const frame& got) {
    if (got.value("destination").empty()) return missing("destination", got);
    if (version_ != version::v1_0 && got.value("id").empty()) return missing("id", got);
    for (const std::string_view name : {"destination", "id"}) {
        if (got.value(name).size() > terms_.max_name_bytes) return too_long(name);
    }
    subscription made{.id = std::string(got.value("id")),
                      .destination = std::string(got.value("destination"))};
    const std::string_view mode = got.find("ack") ? got.value("ack") : "auto";
    if (mode == "client") {
        made.ack = ack_mode::client;
    } else if (mode == "client-individual" && version_ != version::v1_0) {
        made.ack = ack_mode::individual;
    } else if (mode != "auto") {
        return refusal{.message = "unknown ack mode", .details = std::string(mode)};
    }
    made.named = !made.id.empty();
    if (!made.named) made.id = made.destination;
    if (find(made.id)) return refusal{.message = "the subscription id is in use", .details = made.id};
    if (subscriptions_.size() >= terms_.max_subscriptions)
        return refusal{.message = "too many subscriptions"};
    if (std::optional<refusal> why = owner_.on_subscribe(*this, made, got)) return why;
    subscriptions_.push_back(std::move(made));
    return std::nullopt;
}

std::optional<refusal> session::unsubscribe(const frame& got) {
    const bool by_id = got.find("id") || version_ != version::v1_0;
    const std::string_view name = got.value(by_id ? "id" : "destination");
    if (name.empty()) return missing("id", got);
    const auto found =
        std::find_if(subscriptions_.begin(), subscriptions_.end(),
                     [&](const subscription& each) { return (by_id ? each.id : each.destination) == name; });
    if (found == subscriptions_.end())
        return refusal{.message = "no such subscription", .details = std::string(name)};
    const subscription ended = std::move(*found);
    subscriptions_.erase(found);
    owner_.on_unsubscribe(*this, ended, got);
    return std::nullopt;
}

/// The header by which a client says which delivery it means.
std::string_view session::delivery_name() const noexcept {
    return version_ == version::v1_2 ? "id" : "message-id";
}

std::optional<refusal> session::acknowledge(const frame& got) {
    return owner_.on_ack(*this, got.value(delivery_name()), got);
}

const subscription* session::find(std::string_view id) const noexcept {
    const auto found = std::find_if(subscriptions_.begin(), subscriptions_.end(),
                                    [&](const subscription& each) { return each.id == id; });
    return found == subscriptions_.end() ? nullptr : &*found;
}

// ---- transactions

std::optional<refusal> session::begin(const frame& got) {
    const std::string_view name = got.value("transaction");
    return name.empty() ? missing("transaction", got) : transactions_.begin(name);
}

/// All or nothing: what will not be taken is found before anything takes effect.
std::optional<refusal> session::commit(const frame& got) {
    std::optional<std::vector<frame>> held = transactions_.end(got.value("transaction"));
    if (!held)
        return refusal{.message = "no such transaction", .details = std::string(got.value("transaction"))};
    for (const frame& each : *held) {
        if (std::optional<refusal> why = permit(each)) return why;
    }
    std::optional<refusal> first;
    owner_.on_commit(*this, got.value("transaction"), true);
    for (frame& each : *held) {
        // What fails now does so after it was taken: what is behind it takes effect all the same.
        if (std::optional<refusal> why = perform(each); why && !first) first = std::move(why);
        if (state_ != state::connected) break;
    }
    owner_.on_commit(*this, got.value("transaction"), false);
    return first;
}

std::optional<refusal> session::abort(const frame& got) {
    if (transactions_.end(got.value("transaction"))) return std::nullopt;
    return refusal{.message = "no such transaction", .details = std::string(got.value("transaction"))};
}

}  // namespace kedge::stomp
