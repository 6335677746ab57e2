#include <kedge/cluster/adapters/streams_adapter.hpp>

#include <charconv>
#include <string_view>
#include <utility>

#include <kedge/cluster/messages/stream_data.hpp>
#include <kedge/cluster/redis/resp_writer.hpp>

namespace kedge::cluster {

namespace {

bool is_ephemeral(verb what) noexcept {
    return what != verb::broadcast && what != verb::join && what != verb::leave && what != verb::disconnect;
}

}  // namespace

std::uint64_t streams_adapter::ticket_of(const stream_entry& entry) noexcept {
    std::uint64_t ticket = 0;
    std::from_chars(entry.ticket.data(), entry.ticket.data() + entry.ticket.size(), ticket);
    return ticket;
}

std::string stream_of(const std::string& nsp, const streams_options& options) {
    if (options.stream_count <= 1) return options.stream_name;
    return options.stream_name + '-' + std::to_string(stream_index(nsp, options.stream_count));
}

streams_adapter::streams_adapter(adapter_host& host, std::shared_ptr<fleet> shared,
                                 const streams_options& options)
    : ordered_adapter(host, std::move(shared),
                      {.requests_timeout = options.requests_timeout,
                       .session_key_prefix = options.session_key_prefix,
                       .own = [this] { return std::string_view(form_.uid()); }}),
      options_(options),
      form_(host.nsp(), make_uid(cluster_form::uid_size)),
      stream_(stream_of(host.nsp(), options)),
      public_channel_(options.channel_prefix + '#' + host.nsp() + '#') {}

// --- Listening

void streams_adapter::listen(channel_port& channels) {
    const auto heard = [this](std::string_view, std::string_view message) { on_published(message); };
    reader_of_stream_ = &client()->read_stream(stream_, {options_.read_count, options_.block_time});
    reader_of_stream_->listen(form_.nsp(),
                              {.on_entry = [this](const stream_entry& entry) { on_entry(entry); },
                               .on_position = [this](stream_id at) { events().on_position(at); }});
    channels.add(options_.pub_sub, public_channel_ + form_.uid() + '#', heard);
    channels.add(options_.pub_sub, public_channel_, heard);
}

void streams_adapter::end_listening(channel_port& channels) {
    channels.remove(options_.pub_sub, public_channel_);
    channels.remove(options_.pub_sub, public_channel_ + form_.uid() + '#');
    reader_of_stream_->end_listening(form_.nsp());
    client()->let_go(*std::exchange(reader_of_stream_, nullptr));
}

std::string streams_adapter::count_command(const std::vector<std::string>& named) const {
    std::vector<std::string> channels;
    channels.reserve(named.size());
    for (const auto& each : named) channels.push_back(public_channel_ + each + '#');
    const bool sharded = options_.pub_sub == channel_kind::sharded;
    std::vector<std::string_view> words{"PUBSUB", sharded ? "SHARDNUMSUB" : "NUMSUB", public_channel_};
    words.insert(words.end(), channels.begin(), channels.end());
    std::string made;
    append_command(made, words);
    return made;
}

// --- Sending

std::string streams_adapter::command_of(const outgoing_message& message) const {
    if (!is_ephemeral(message.what)) return entry_of(message, {});
    std::string channel = public_channel_;
    if (!message.to.empty()) channel.append(message.to) += '#';
    const bool sharded = options_.pub_sub == channel_kind::sharded;
    return make_command({sharded ? "SPUBLISH" : "PUBLISH", channel, form_.write_packed(message)});
}

std::string streams_adapter::entry_of(const outgoing_message& message, std::string_view ticket) const {
    const std::string max_len = std::to_string(options_.max_len);
    const std::string type = std::to_string(cluster_form::number_of(message.what));
    const std::string data = stream_text(form_.write_data(message, options_.binaries));
    std::vector<std::string_view> words{"XADD",      stream_, "MAXLEN",    "~",    max_len, "*",    "uid",
                                        form_.uid(), "nsp",   form_.nsp(), "type", type,    "data", data};
    if (!ticket.empty()) {
        words.emplace_back("ticket");
        words.push_back(ticket);
    }
    std::string made;
    append_command(made, words);
    return made;
}

std::string streams_adapter::command_in_order(const outgoing_message& message, std::uint64_t ticket) const {
    return entry_of(message, std::to_string(ticket));
}

void streams_adapter::ask_kin(outgoing_message message, std::unique_ptr<question> what,
                              engine::duration timeout) {
    auto id = next_request();
    message.request = id;
    auto command = command_of(message);
    ask(std::move(command), std::move(id), std::move(what), timeout);
}

// --- What comes

void streams_adapter::on_entry(const stream_entry& entry) {
    const std::uint64_t ticket = ticket_of(entry);
    if (entry.uid == form_.uid()) {
        if (ticket != 0) events().on_own(ticket, entry.id);
        return;
    }
    node_message read;
    if (!read_stream_data(entry.type, entry.data, reader(), read)) return on_nonsense();
    read.uid = entry.uid;
    const bool placed = read.what == verb::broadcast && recovers() && !read.options.flags.is_volatile;
    if (!placed) return on_message(read);
    if (is_reserved_event(read.data[0].as_string())) return on_nonsense();
    if (ticket == 0) events().keep_company();  // Kedge's have one
    events().on_others(event_data(read.data), read.options, entry.id, {entry.uid, ticket});
}

void streams_adapter::on_published(std::string_view message) {
    node_message read;
    if (!reader().read(message) || !form_.read(reader().root(), read)) return on_nonsense();
    if (read.uid == form_.uid()) return;
    read.what == verb::recall ? on_recall(read) : on_message(read);
}

}  // namespace kedge::cluster
