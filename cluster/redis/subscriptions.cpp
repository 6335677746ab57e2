#include <kedge/cluster/redis/subscriptions.hpp>

#include <array>
#include <utility>

#include <kedge/cluster/redis/resp_writer.hpp>

namespace kedge::cluster {

namespace {

constexpr std::size_t names_at_once = 200;

struct verbs {
    std::string_view subscribe;
    std::string_view unsubscribe;
    std::string_view subscribed;
    std::string_view ended;
    std::string_view message;
};
constexpr std::array<verbs, 3> verbs_of{
    {{"SUBSCRIBE", "UNSUBSCRIBE", "subscribe", "unsubscribe", "message"},
     {"PSUBSCRIBE", "PUNSUBSCRIBE", "psubscribe", "punsubscribe", "pmessage"},
     {"SSUBSCRIBE", "SUNSUBSCRIBE", "ssubscribe", "sunsubscribe", "smessage"}}};
constexpr std::array<channel_kind, 3> kinds{channel_kind::plain, channel_kind::pattern,
                                            channel_kind::sharded};

const verbs& words(channel_kind kind) noexcept {
    return verbs_of[static_cast<std::size_t>(kind)];
}

}  // namespace

void subscriptions::add(channel_kind kind, const std::string& name, channel_listener listener,
                        std::function<void()> effective) {
    auto& made = of(kind)[name];
    made = {std::make_shared<const channel_listener>(std::move(listener)), false, {}};
    if (effective) made.effective = std::make_shared<const std::function<void()>>(std::move(effective));
    if (!link_->ready()) return;
    ++missing_;
    link_->send(make_command({words(kind).subscribe, name}));
}

void subscriptions::remove(channel_kind kind, const std::string& name) {
    const auto found = of(kind).find(name);
    if (found == of(kind).end()) return;
    const bool counted = link_->ready() && !found->second.confirmed;
    of(kind).erase(found);
    if (link_->ready()) {
        link_->send(make_command({words(kind).unsubscribe, name}));
        if (kind == channel_kind::sharded) ++ending_[name];
    }
    if (counted) --missing_;
}

bool subscriptions::has(channel_kind kind, std::string_view name) const {
    return of(kind).contains(name);
}

void subscriptions::ask_again(const std::string& name) {
    if (link_->ready()) link_->send(make_command({words(channel_kind::sharded).subscribe, name}));
}

bool subscriptions::confirmed(channel_kind kind, std::string_view name) const {
    const auto found = of(kind).find(name);
    return found != of(kind).end() && found->second.confirmed;
}

// --- What the link tells

void subscriptions::on_ready() {
    live_ = false;
    missing_ = 0;
    ending_.clear();
    for (const auto kind : kinds) {
        for (auto& [name, each] : of(kind)) each.confirmed = false;
        ask_for_all(kind);
    }
    check_live();
}

void subscriptions::ask_for_all(channel_kind kind) {
    const std::size_t most =
        kind == channel_kind::sharded ? 1 : names_at_once;  // slots lie apart in a cluster
    std::vector<std::string_view> command;
    const auto flush = [&] {
        if (command.size() < 2) return;
        std::string bytes;
        append_command(bytes, command);
        link_->send(bytes);
        command.clear();
    };
    for (const auto& [name, each] : of(kind)) {
        if (command.empty()) command.push_back(words(kind).subscribe);
        command.push_back(name);
        ++missing_;
        if (command.size() > most) flush();
    }
    flush();
}

void subscriptions::on_down() {
    live_ = false;
    if (hooks_.on_down) hooks_.on_down();
}

void subscriptions::on_trouble(std::string_view what, std::string_view why) {
    if (hooks_.on_trouble) hooks_.on_trouble(what, why);
}

void subscriptions::on_push(resp_value message) {
    if (message.is_error()) {
        if (hooks_.on_refused && hooks_.on_refused(message.text())) return;
        return on_trouble("Redis refused a subscription", message.text());
    }
    const auto what = message[0].text();
    for (const auto kind : kinds) {
        const verbs& known = words(kind);
        if (what == known.message) {
            const auto name = message[1].text();
            return kind == channel_kind::pattern ? deliver(kind, name, message[2].text(), message[3].text())
                                                 : deliver(kind, name, name, message[2].text());
        }
        if (what == known.subscribed) return on_confirmed(kind, message[1].text());
        if (what == known.ended) return on_ended(kind, message[1].text());
    }
}

void subscriptions::on_confirmed(channel_kind kind, std::string_view name) {
    const auto found = of(kind).find(name);
    if (found == of(kind).end() || std::exchange(found->second.confirmed, true)) return;
    if (missing_ > 0) --missing_;
    const auto kept = found->second.effective;  // it may end its own subscription
    if (kept) (*kept)();
    check_live();
}

/// One that was ended here may have begun anew by now: this is about the one before.
void subscriptions::on_ended(channel_kind kind, std::string_view name) {
    if (const auto own = ending_.find(name); own != ending_.end()) {
        if (--own->second == 0) ending_.erase(own);
        return;
    }
    const auto found = of(kind).find(name);
    if (!hooks_.on_ended || found == of(kind).end() || !found->second.confirmed) return;
    const std::string kept(name);
    const auto who = found->second.listener;
    of(kind).erase(found);
    hooks_.on_ended(kind, kept, *who);
}

void subscriptions::check_live() {
    if (live_ || missing_ != 0) return;
    live_ = true;
    const bool again = std::exchange(was_live_, true);
    if (hooks_.on_live) hooks_.on_live(again);
}

void subscriptions::deliver(channel_kind kind, std::string_view name, std::string_view channel,
                            std::string_view message) {
    const auto found = of(kind).find(name);
    if (found == of(kind).end()) return;
    link_->figures().heard.add();
    const auto kept = found->second.listener;  // it may end its own subscription
    (*kept)(channel, message);
}

}  // namespace kedge::cluster
