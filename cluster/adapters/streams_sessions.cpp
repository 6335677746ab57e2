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

}  // namespace

void streams_adapter::when_kept(const std::string& from, verdict then) {
    const auto place = stream_id::parse(from);
    place&& client() ? when_kept_behind(*place, std::move(then)) : then(false);
}

/// What an entry that lies before the place proves. Before the first of all lies none: as long as there are
/// not more than would be dropped, none was.
void streams_adapter::when_kept_behind(stream_id place, verdict then) {
    auto& redis = client()->commands();
    if (place == stream_id{}) {
        redis.ask(make_command({"XLEN", stream_}),
                  [most = options_.max_len, then = std::move(then)](resp_value reply) mutable {
                      then(!reply.is_error() && reply.integer() < static_cast<std::int64_t>(most));
                  });
        return;
    }
    redis.ask(make_command({"XRANGE", stream_, "-", "+", "COUNT", "1"}),
              [place, then = std::move(then)](resp_value reply) mutable {
                  const auto first = stream_id::parse(reply[0][0].text());
                  then(first && *first <= place);
              });
}

std::string streams_adapter::later_of(const std::string& one, const std::string& other) const {
    const auto place = stream_id::parse(one);
    const auto against = stream_id::parse(other);
    return place && against && *place < *against ? other : one;
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
    when_kept_behind(what->from, [this, what](bool kept) {
        if (!what->read || !kept) return what->then(false);
        what->from = *std::exchange(what->read, std::nullopt);
        read_on(what);
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
        if (what.who->all->has({entry->uid, ticket_of(*entry)})) continue;
        what.who->found.push_back(
            host().make_event(event_data(read.data), read.options.flags, entry->id.text()));
    }
    if (entries.size() < entries_at_once) what.read = what.who->until;
}

}  // namespace kedge::cluster
