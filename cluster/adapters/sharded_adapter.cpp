#include <kedge/cluster/adapters/sharded_adapter.hpp>

#include <chrono>
#include <string_view>
#include <utility>

#include <kedge/cluster/redis/resp_writer.hpp>

namespace kedge::cluster {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t id_size = 20;  // of a socket's id; one of a 2.x client in a namespace is /name#…
// So long other nodes may take until they hear a channel whose room they have been told to join.
constexpr auto settling = 2s;

bool looks_like_an_id(std::string_view room, std::string_view nsp) noexcept {
    return room.size() == id_size ||
           (room.size() == nsp.size() + 1 + id_size && room.starts_with(nsp) && room[nsp.size()] == '#');
}

}  // namespace

sharded_adapter::sharded_adapter(adapter_host& host, std::shared_ptr<fleet> shared,
                                 const sharded_options& options)
    : fleet_adapter(host, std::move(shared), options.requests_timeout),
      options_(options),
      form_(host.nsp(), make_uid(cluster_form::uid_size)),
      public_channel_(options.channel_prefix + '#' + host.nsp() + '#') {}

void sharded_adapter::listen(channel_port& channels) {
    for (const auto& each : rooms_) subscribe(channels, channel_of(each));
    subscribe(channels, channel_of(form_.uid()));
    subscribe(channels, public_channel_);
}

void sharded_adapter::subscribe(channel_port& channels, const std::string& name) {
    channels.add(channel_kind::sharded, name,
                 [this](std::string_view, std::string_view message) { on_published(message); });
}

void sharded_adapter::end_listening(channel_port& channels) {
    channels.remove(channel_kind::sharded, public_channel_);
    channels.remove(channel_kind::sharded, channel_of(form_.uid()));
    for (const auto& each : rooms_) channels.remove(channel_kind::sharded, channel_of(each));
}

// --- Rooms with channels of their own

/// Other implementations send what is for a 2.x client's own room in a namespace to a channel of that room:
/// it is heard, though they do not.
bool sharded_adapter::has_channel(std::string_view room, room_kind kind) const noexcept {
    if (options_.mode == subscription_mode::static_ || room == form_.uid()) return false;
    return kind == room_kind::joined || options_.mode == subscription_mode::dynamic_private ||
           room.size() != id_size;
}

void sharded_adapter::on_create_room(std::string_view room, room_kind kind) {
    if (!has_channel(room, kind)) return;
    host().post(first_worker, [this, name = std::string(room)] {
        if (rooms_.insert(name).second && client()) subscribe(client()->channels(), channel_of(name));
    });
}

void sharded_adapter::on_delete_room(std::string_view room) {
    if (options_.mode == subscription_mode::static_) return;
    host().post(first_worker, [this, name = std::string(room)] {
        if (rooms_.erase(name) != 0 && client())
            client()->channels().remove(channel_kind::sharded, channel_of(name));
    });
}

void sharded_adapter::add_sockets(broadcast_options which, std::vector<std::string> rooms) {
    if (!which.flags.local) {
        const auto now = std::chrono::steady_clock::now();
        const std::lock_guard hold(lately_lock_);
        std::erase_if(lately_, [&](const auto& each) { return each.second < now; });
        for (const auto& each : rooms) lately_[each] = now + settling;
    }
    fleet_adapter::add_sockets(std::move(which), std::move(rooms));
}

bool sharded_adapter::joined_lately(const std::string& room) const {
    const std::lock_guard hold(lately_lock_);
    const auto found = lately_.find(room);
    return found != lately_.end() && found->second >= std::chrono::steady_clock::now();
}

// --- Messages

/// All nodes hear the public channel: it takes what is for more than one room, and for one that nodes were
/// told to join a moment ago, to whose channel they may not listen yet.
std::string sharded_adapter::channel_of(const outgoing_message& message) const {
    if (!message.to.empty()) return channel_of(message.to);
    if (message.what != verb::broadcast || message.options->rooms.size() != 1) return public_channel_;
    const std::string& room = message.options->rooms.front();
    const bool own = options_.mode == subscription_mode::static_ ||
                     (options_.mode == subscription_mode::dynamic && looks_like_an_id(room, form_.nsp()));
    return own || joined_lately(room) ? public_channel_ : channel_of(room);
}

std::string sharded_adapter::command_of(const outgoing_message& message) const {
    return make_command({"SPUBLISH", channel_of(message), form_.write(message)});
}

std::string sharded_adapter::count_command(const std::vector<std::string>& named) const {
    std::vector<std::string> channels;
    channels.reserve(named.size());
    for (const auto& each : named) channels.push_back(channel_of(each));
    std::vector<std::string_view> words{"PUBSUB", "SHARDNUMSUB", public_channel_};
    words.insert(words.end(), channels.begin(), channels.end());
    std::string made;
    append_command(made, words);
    return made;
}

void sharded_adapter::on_published(std::string_view message) {
    node_message read;
    if (!reader().read(message) || !form_.read(reader().root(), read)) return on_nonsense();
    if (read.uid != form_.uid()) on_message(read);
}

}  // namespace kedge::cluster
