#include <kedge/cluster/adapters/classic_adapter.hpp>

#include <span>
#include <string_view>

#include <kedge/cluster/redis/resp_writer.hpp>

namespace kedge::cluster {

namespace {

constexpr std::size_t uid_size = 6;

}  // namespace

classic_adapter::classic_adapter(adapter_host& host, std::shared_ptr<fleet> shared,
                                 const classic_options& options)
    : fleet_adapter(host, std::move(shared), options.requests_timeout),
      options_(options),
      form_(options.key, host.nsp(), make_uid(uid_size), options.parser) {}

data_form classic_adapter::wants() const noexcept {
    return options_.parser == classic_parser::json ? data_form::json : data_form::msgpack;
}

// Broadcasts first: who counts this node by the request channel may rely on its hearing them.
void classic_adapter::listen(channel_port& channels) {
    const auto on_answers = [this](std::string_view, std::string_view message) { on_answer(message); };
    channels.add(
        channel_kind::pattern, form_.pattern(),
        [this](std::string_view channel, std::string_view message) { on_broadcast(channel, message); });
    channels.add(channel_kind::plain, form_.response_channel(), on_answers);
    channels.add(channel_kind::plain, form_.response_channel_of(form_.uid()), on_answers);
    channels.add(channel_kind::plain, form_.request_channel(),
                 [this](std::string_view, std::string_view message) { on_request(message); });
}

void classic_adapter::end_listening(channel_port& channels) {
    channels.remove(channel_kind::plain, form_.request_channel());
    channels.remove(channel_kind::plain, form_.response_channel_of(form_.uid()));
    channels.remove(channel_kind::plain, form_.response_channel());
    channels.remove(channel_kind::pattern, form_.pattern());
}

std::string classic_adapter::command_of(const outgoing_message& message) const {
    return make_command({"PUBLISH", form_.channel_of(message), form_.write(message)});
}

std::string classic_adapter::count_command(const std::vector<std::string>& named) const {
    std::vector<std::string> channels;
    channels.reserve(named.size());
    for (const auto& each : named) channels.push_back(form_.response_channel_of(each));
    std::vector<std::string_view> words{"PUBSUB", "NUMSUB", form_.request_channel()};
    words.insert(words.end(), channels.begin(), channels.end());
    std::string made;
    append_command(made, words);
    return made;
}

std::string classic_adapter::answers_to(std::string_view uid) const {
    return options_.publish_on_specific_response_channel ? std::string(uid) : std::string();
}

// What can be told without reading it is: most broadcasts of a large fleet are for rooms that are not here.
void classic_adapter::on_broadcast(std::string_view channel, std::string_view message) {
    std::string_view room;
    if (!form_.room_of(channel, room)) return on_nonsense();
    if (!room.empty() && !host().has_room(room)) return;
    if (form_.is_own(message)) return;
    node_message read;
    if (!reader().read(message) || !form_.read_broadcast(reader().root(), read)) return on_nonsense();
    if (read.uid != form_.uid()) on_message(read);
}

void classic_adapter::on_request(std::string_view message) {
    node_message read;
    if (!reader().read(message) || !form_.read_request(reader().root(), read)) return on_nonsense();
    if (read.uid != form_.uid()) on_message(read);
}

void classic_adapter::on_answer(std::string_view message) {
    node_message read;
    if (!reader().read(message) || !form_.read_response(reader().root(), read)) return on_nonsense();
    if (read.uid != form_.uid()) on_response(read);
}

}  // namespace kedge::cluster
