#include <kedge/cluster/adapters/streams_adapter.hpp>

#include <optional>
#include <utility>

#include <kedge/cluster/messages/stream_data.hpp>
#include <kedge/cluster/redis/resp_writer.hpp>

namespace kedge::cluster {

namespace {

constexpr std::size_t entries_at_once = 1000;
constexpr std::size_t most_missed = 100'000;

std::string next_of(stream_id at) {
    ++at.sequence;
    return at.text();
}

std::string first_entry_of(const std::string& stream) {
    return make_command({"XRANGE", stream, "-", "+", "COUNT", "1"});
}

}  // namespace

void streams_adapter::when_kept(const std::string& from, verdict then) {
    const auto place = stream_id::parse(from);
    if (!place || !client()) return then(false);
    client()->commands().ask(first_entry_of(stream_),
                             [place = *place, then = std::move(then)](resp_value reply) mutable {
                                 const auto first = stream_id::parse(reply[0][0].text());
                                 then(first && *first <= place);
                             });
}

/// What the stream has for a session, up to where its worker is.
struct streams_adapter::reading {
    std::shared_ptr<catching_up> who;
    stream_id from;
    verdict then;
    std::optional<stream_id> read{};  // how far the last piece went
    message_reader reader{};
};

void streams_adapter::collect(std::shared_ptr<catching_up> who, verdict then) {
    const auto from = stream_id::parse(who->all->session().from);
    if (!from) return then(false);
    read_on(std::make_shared<reading>(reading{std::move(who), *from, std::move(then)}));
}

void streams_adapter::read_on(std::shared_ptr<reading> what) {
    const auto until = what->who->until;
    if (what->from >= until) return what->then(true);
    if (!client() || what->who->found.size() > most_missed) return what->then(false);
    auto& redis = client()->commands();
    redis.ask(make_command({"XRANGE", stream_, next_of(what->from), until.text(), "COUNT",
                            std::to_string(entries_at_once)}),
              [this, what](resp_value reply) { note(*what, reply); });
    // What was trimmed before it was read is missing.
    redis.ask(first_entry_of(stream_), [this, what = std::move(what)](resp_value reply) mutable {
        const auto first = stream_id::parse(reply[0][0].text());
        if (!what->read || !first || *first > what->from) return what->then(false);
        what->from = *std::exchange(what->read, std::nullopt);
        read_on(std::move(what));
    });
}

void streams_adapter::note(reading& what, resp_value entries) {
    if (entries.is_error()) return;
    what.read = what.from;
    for (const auto each : entries) {
        const auto entry = read_entry(each);
        if (!entry) continue;
        what.read = entry->id;
        node_message read;
        if (entry->nsp != form_.nsp() || !read_stream_data(entry->type, entry->data, what.reader, read))
            continue;
        if (read.what != verb::broadcast || read.options.flags.is_volatile ||
            !what.who->all->concerns(read.options) || is_reserved_event(read.data[0].as_string()))
            continue;
        what.who->found.push_back(
            host().make_event(event_data(read.data), read.options.flags, entry->id.text()));
    }
    if (entries.size() < entries_at_once) what.read = what.who->until;
}

}  // namespace kedge::cluster
