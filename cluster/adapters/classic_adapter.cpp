#include <kedge/cluster/adapters/classic_adapter.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <kedge/cluster/adapters/look_back.hpp>
#include <kedge/cluster/redis/resp_writer.hpp>

namespace kedge::cluster {

namespace {

constexpr std::size_t uid_size = 6;
constexpr std::size_t mark_size = 10;
constexpr engine::duration look_back_within{1500};  // when a node hangs; else all answer at once

/// What is to be done to sockets, with texts of its own.
struct kept_order {
    explicit kept_order(const node_message& from)
        : uid(from.uid), request(from.request), message{from.what, uid, request, from.options} {
        message.rooms = from.rooms;
        message.close = from.close;
    }
    kept_order(const kept_order&) = delete;
    kept_order& operator=(const kept_order&) = delete;

    std::string uid;
    std::string request;
    node_message message;
};

}  // namespace

classic_adapter::classic_adapter(adapter_host& host, std::shared_ptr<fleet> shared,
                                 const classic_options& options)
    : ordered_adapter(host, std::move(shared),
                      {.requests_timeout = options.requests_timeout,
                       .session_key_prefix = options.key + "-session:",
                       .own = [this] { return std::string_view(form_.uid()); },
                       .name = [this](stream_id at) { return order_->name_of(at); }}),
      options_(options),
      form_(options.key, host.nsp(), make_uid(uid_size), options.parser) {
    if (host.recovery() && options.one_order)
        order_.emplace(host, form_, events(), *host.recovery(), hooks_of_order());
}

void classic_adapter::init() {
    if (host().recovery() && !options_.one_order)
        host().log(log_level::warning,
                   "a Redis Cluster has no order of all events: clients that return come anew");
    ordered_adapter::init();
}

data_form classic_adapter::wants() const noexcept {
    return options_.parser == classic_parser::json ? data_form::json : data_form::msgpack;
}

// Broadcasts first: who counts this node by the request channel may rely on its hearing them.
void classic_adapter::listen(channel_port& channels) {
    const auto on_answers = [this](std::string_view, std::string_view message) { on_answer(message); };
    if (order_) {
        kin_ = std::make_unique<kin_talk>(
            host().loop(), client()->commands(), options_.key + "-kedge#" + host().nsp() + '#',
            cluster_form(host().nsp(), form_.uid()), [this](const node_message& asked) { on_kin(asked); },
            [this] { on_nonsense(); });
        kin_->listen(channels);
    }
    channels.add(
        channel_kind::pattern, form_.pattern(),
        [this](std::string_view channel, std::string_view message) { on_broadcast(channel, message); },
        [this] {
            if (order_) order_->on_listening();
        });
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
    if (!order_) return;
    order_->end();
    kin_->end_listening(channels);
    kin_->end();
    kin_.reset();  // it speaks by the client, which goes
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
    if (order_) return order_->on_broadcast(room, message);
    if (!room.empty() && !host().has_room(room)) return;
    if (form_.is_own(message)) return;
    node_message read;
    if (!reader().read(message) || !form_.read_broadcast(reader().root(), read)) return on_nonsense();
    if (read.uid != form_.uid()) on_message(read);
}

// --- With recovery

std::string classic_adapter::command_in_order(const outgoing_message& message, std::uint64_t ticket) const {
    outgoing_message marked = message;
    marked.ticket = ticket;
    return command_of(marked);
}

shared_order::hooks classic_adapter::hooks_of_order() {
    return {
        .new_name = [] { return make_uid(mark_size); },
        .signal =
            [this](const std::string& room) {
                if (client())
                    client()->commands().send(
                        make_command({"PUBLISH", form_.channel_of_room(room), std::string_view()}));
            },
        .on_unplaced = [this](const node_message& message) { on_message(message); },
        .on_nonsense = [this] { on_nonsense(); },
        .look_back = [this](const std::string& whom, const std::string& from, const std::string& until,
                            shared_order::answer then) { look_back(whom, from, until, std::move(then)); }};
}

void classic_adapter::collect(std::shared_ptr<catching_up> who, verdict then) {
    order_->collect(who->all, who->until, who->found,
                    [who, then = std::move(then)](bool whole) mutable { then(whole); });
}

void classic_adapter::ask_kin(outgoing_message message, std::unique_ptr<question> what,
                              engine::duration timeout) {
    if (!kin_) return what->end(ack_error::cause::unreachable);
    kin_->ask(message, std::move(what), timeout);
}

/// Who has it is asked first, so that one alone sends it.
void classic_adapter::look_back(const std::string& whom, const std::string& from, const std::string& until,
                                shared_order::answer then) {
    const stretch_wanted wanted{from, until, !whom.empty()};
    const auto write = [&](writer& to) { write_wanted(to, wanted); };
    auto told = [this, asked = whom, from, until, then = std::move(then)](
                    const std::string& who, std::optional<shared_order::pieces> found) mutable {
        if (!asked.empty() || who.empty()) return then(std::move(found), who);
        look_back(who, from, until, std::move(then));
    };
    ask_kin({.what = verb::look_back, .to = whom, .data = write},
            std::make_unique<look_back_question>(std::move(told)), look_back_within);
}

void classic_adapter::answer_kin(const outgoing_message& message) {
    if (kin_) kin_->answer(message);
}

void classic_adapter::on_kin(const node_message& asked) {
    if (asked.what == verb::recall) return on_recall(asked);
    stretch_wanted wanted;
    if (asked.what != verb::look_back || !read_wanted(asked.data, wanted)) return on_nonsense();
    const auto has = order_->look_back(wanted.from, wanted.until);
    const auto write = [&](writer& to) {
        has&& wanted.itself ? write_pieces(to, *has) : to.boolean(has.has_value());
    };
    answer_kin({.what = verb::heard, .request = asked.request, .to = asked.uid, .data = write});
}

// --- What is asked

void classic_adapter::on_request(std::string_view message) {
    node_message read;
    if (!reader().read(message) || !form_.read_request(reader().root(), read)) return on_nonsense();
    if (read.uid == form_.uid()) return;
    const bool is_order =
        read.what == verb::join || read.what == verb::leave || read.what == verb::disconnect;
    if (!is_order || !order_ || !order_->in_gap()) return on_message(read);
    auto kept = std::make_shared<kept_order>(read);
    order_->in_order([this, kept = std::move(kept)] { on_message(kept->message); });
}

void classic_adapter::on_answer(std::string_view message) {
    node_message read;
    if (!reader().read(message) || !form_.read_response(reader().root(), read)) return on_nonsense();
    if (read.uid != form_.uid()) on_response(read);
}

}  // namespace kedge::cluster
