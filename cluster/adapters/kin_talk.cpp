#include <kedge/cluster/adapters/kin_talk.hpp>

#include <utility>

#include <kedge/cluster/redis/resp_writer.hpp>

namespace kedge::cluster {

kin_talk::kin_talk(engine::loop& home, command_port& commands, std::string channel, cluster_form form,
                   listener on_asked, std::function<void()> on_nonsense)
    : commands_(commands),
      channel_(std::move(channel)),
      form_(std::move(form)),
      on_asked_(std::move(on_asked)),
      on_nonsense_(std::move(on_nonsense)),
      questions_(home, [this](const std::vector<std::string>& named, question_table::counted then) {
          count(named, std::move(then));
      }) {}

std::string kin_talk::channel_of(std::string_view uid) const {
    std::string made = channel_;
    made += uid;
    return made += '#';
}

void kin_talk::listen(channel_port& channels) {
    const auto heard = [this](std::string_view, std::string_view message) { on_published(message); };
    channels.add(channel_kind::plain, channel_of(form_.uid()), heard);
    channels.add(channel_kind::plain, channel_, heard);
}

void kin_talk::end_listening(channel_port& channels) {
    channels.remove(channel_kind::plain, channel_);
    channels.remove(channel_kind::plain, channel_of(form_.uid()));
}

void kin_talk::say(const outgoing_message& message) {
    const std::string channel = message.to.empty() ? channel_ : channel_of(message.to);
    commands_.send(make_command({"PUBLISH", channel, form_.write_packed(message)}));
}

void kin_talk::ask(outgoing_message message, std::unique_ptr<question> what, engine::duration timeout) {
    const std::string id = form_.uid() + ':' + std::to_string(++last_request_);
    message.request = id;
    if (commands_.ready()) say(message);
    questions_.open(id, std::move(what), timeout);
}

void kin_talk::on_published(std::string_view message) {
    node_message read;
    if (!reader_.read(message) || !form_.read(reader_.root(), read)) return on_nonsense_();
    if (read.uid == form_.uid()) return;
    const bool answers = read.what == verb::recalled || read.what == verb::heard;
    answers ? static_cast<void>(questions_.on_response(read)) : on_asked_(read);
}

void kin_talk::count(const std::vector<std::string>& named, question_table::counted then) {
    std::vector<std::string> channels{channel_};
    for (const auto& each : named) channels.push_back(channel_of(each));
    std::vector<std::string_view> words{"PUBSUB", "NUMSUB"};
    words.insert(words.end(), channels.begin(), channels.end());
    std::string command;
    append_command(command, words);
    commands_.ask(command,
                  [then = std::move(then)](resp_value reply) mutable { then(node_count_of(reply)); });
}

}  // namespace kedge::cluster
