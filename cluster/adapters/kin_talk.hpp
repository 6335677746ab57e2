#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <kedge/cluster/adapters/question.hpp>
#include <kedge/cluster/messages/cluster_form.hpp>
#include <kedge/cluster/messages/message_reader.hpp>
#include <kedge/cluster/redis/channel_port.hpp>
#include <kedge/cluster/redis/command_port.hpp>

namespace kedge::cluster {

/// What the Kedge nodes of a fleet say to each other alone, on channels of their own: nodes of other
/// implementations do not hear it. On the first worker.
class kin_talk {
  public:
    using listener = std::function<void(const node_message& asked)>;

    /// `channel` begins the channels of a namespace. `on_asked` is told of questions, `on_nonsense` of what
    /// is no message.
    kin_talk(engine::loop& home, command_port& commands, std::string channel, cluster_form form,
             listener on_asked, std::function<void()> on_nonsense);

    void listen(channel_port& channels);
    void end_listening(channel_port& channels);
    /// Ends all that is asked.
    void end() { questions_.end_all(); }

    /// Asks all others, or the one named.
    void ask(outgoing_message message, std::unique_ptr<question> what, engine::duration timeout);
    void answer(const outgoing_message& message) { say(message); }

  private:
    std::string channel_of(std::string_view uid) const;
    void say(const outgoing_message& message);
    void on_published(std::string_view message);
    void count(const std::vector<std::string>& named, question_table::counted then);

    command_port& commands_;
    std::string channel_;
    cluster_form form_;
    listener on_asked_;
    std::function<void()> on_nonsense_;
    message_reader reader_;
    question_table questions_;
    std::uint64_t last_request_ = 0;
};

}  // namespace kedge::cluster
