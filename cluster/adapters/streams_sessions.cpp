#include <kedge/cluster/adapters/streams_adapter.hpp>

#include <algorithm>
#include <utility>

#include <kedge/cluster/adapters/asked.hpp>
#include <kedge/cluster/messages/kept_session.hpp>
#include <kedge/cluster/messages/stream_data.hpp>
#include <kedge/cluster/redis/resp_writer.hpp>

namespace kedge::cluster {

namespace {

constexpr std::size_t entries_at_once = 1000;
constexpr std::size_t most_missed = 100'000;
constexpr engine::duration recall_within{1500};  // when a server hangs; else all answer at once

std::string next_of(stream_id at) {
    ++at.sequence;
    return at.text();
}

std::string first_entry_of(const std::string& stream) {
    return make_command({"XRANGE", stream, "-", "+", "COUNT", "1"});
}

}  // namespace

// --- Where sessions are

std::string streams_adapter::position() {
    const auto at = events_.position();
    return at ? at->text() : std::string();
}

void streams_adapter::enrol(const std::string& pid, const std::string& id) {
    const std::lock_guard hold(lock_);
    connected_[pid] = {id, host().here().value_or(first_worker)};
}

void streams_adapter::withdraw(const std::string& pid, const std::string& id) {
    const std::lock_guard hold(lock_);
    const auto found = connected_.find(pid);
    if (found != connected_.end() && found->second.id == id) connected_.erase(found);
}

std::optional<streams_adapter::address> streams_adapter::connected(const std::string& pid) const {
    const std::lock_guard hold(lock_);
    const auto found = connected_.find(pid);
    return found == connected_.end() ? std::nullopt : std::optional(found->second);
}

void streams_adapter::persist_session(stored_session session) {
    const auto lifetime =
        host().recovery() ? host().recovery()->max_disconnection_duration : engine::duration{0};
    auto command = make_command({"SET", options_.session_key_prefix + session.pid, write_session(session),
                                 "PX", std::to_string(lifetime.count())});
    host().run(first_worker, [this, command = std::move(command)] {
        if (client()) client()->commands().send(command);
    });
}

/// A client that has come back, and where its session goes.
struct streams_adapter::claim {
    std::string pid;
    std::string offset;
    way_back back;
    completion<std::optional<stored_session>> done;
    std::optional<stored_session> found;
    bool recalled = false;

    void finish(std::optional<stored_session> with) {
        back([done = std::move(done), with = std::move(with)]() mutable { done(std::move(with)); });
    }
};

/// A socket that this server believes connected is cut first, which makes it a session.
void streams_adapter::restore_session(std::string pid, std::string offset,
                                      completion<std::optional<stored_session>> done) {
    const auto ghost = connected(pid);
    auto who = std::make_shared<claim>(
        claim{std::move(pid), std::move(offset), host().way_back(), std::move(done), std::nullopt});
    host().run(ghost ? ghost->worker : first_worker, [this, ghost, who = std::move(who)]() mutable {
        if (ghost) host().cut(ghost->id);
        host().run(first_worker, [this, who = std::move(who)]() mutable { take(std::move(who)); });
    });
}

/// On the first worker: takes the session out, and looks whether what follows its offset is still there.
void streams_adapter::take(std::shared_ptr<claim> who) {
    if (!client() || !client()->commands().ready()) return who->finish(std::nullopt);
    auto& redis = client()->commands();
    const std::string key = options_.session_key_prefix + who->pid;
    if (!stream_id::parse(who->offset)) {  // it cannot go on, and Redis need not keep it
        redis.ask(make_command({"DEL", key}), [](resp_value) {});
        return who->finish(std::nullopt);
    }
    redis.ask(make_command({"MULTI"}), [](resp_value) {});
    redis.ask(make_command({"GET", key}), [](resp_value) {});
    redis.ask(make_command({"DEL", key}), [](resp_value) {});
    redis.ask(make_command({"EXEC"}),
              [who](resp_value reply) { who->found = read_session(reply[0].text()); });
    redis.ask(first_entry_of(stream_),
              [this, who = std::move(who)](resp_value reply) mutable { on_taken(std::move(who), reply); });
}

void streams_adapter::on_taken(std::shared_ptr<claim> who, resp_value first_entry) {
    auto& session = who->found;
    const auto first = stream_id::parse(first_entry[0][0].text());
    if (!session && first && !std::exchange(who->recalled, true)) return recall(std::move(who));
    if (!session || session->pid != who->pid || !first) return who->finish(std::nullopt);
    // Who has all that was written to it has missed only what came after it left.
    const auto named = *stream_id::parse(who->offset);
    const auto left = session->offset == who->offset ? stream_id::parse(session->from) : std::nullopt;
    const auto from = left ? std::max(named, *left) : named;
    if (*first > from) return who->finish(std::nullopt);
    session->offset = who->offset;
    session->from = from.text();
    who->finish(std::move(session));
}

/// Another server may believe it connected still: then it is told that it is not.
void streams_adapter::recall(std::shared_ptr<claim> who) {
    auto id = next_request();
    const auto pid = [&](writer& to) { to.string(who->pid); };
    auto command = command_of({.what = verb::recall, .request = id, .data = pid});
    ask(std::move(command), std::move(id), std::make_unique<recall_question>([this, who] { take(who); }),
        recall_within);
}

void streams_adapter::on_recall(const node_message& asked) {
    const auto held = connected(std::string(asked.data.as_string()));
    auto answer = [this, had = held.has_value(), request = std::string(asked.request),
                   to = std::string(asked.uid)] {
        const auto yes_or_no = [had](writer& out) { out.boolean(had); };
        say({.what = verb::recalled, .request = request, .to = to, .data = yes_or_no});
    };
    if (!held) return answer();
    // What is said after the session was kept arrives after it.
    host().run(held->worker, [this, id = held->id, answer = std::move(answer)]() mutable {
        host().cut(id);
        host().run(first_worker, std::move(answer));
    });
}

/// A session that returns to this worker: what the stream has up to where the worker is, and what it delivers
/// meanwhile.
struct streams_adapter::catching_up {
    std::shared_ptr<ordered_events::recording> all;
    stream_id from;
    stream_id until;
    std::optional<stream_id> read;  // how far the last piece went
    way_back back;
    completion<std::optional<std::vector<packet_ptr>>> done;
    message_reader reader;
    std::vector<packet_ptr> found;

    /// On the worker to which it returns.
    void tell(bool whole) {
        if (!whole) return done(std::nullopt);
        found.insert(found.end(), all->packets.begin(), all->packets.end());
        done(std::move(found));
    }
};

void streams_adapter::missed_packets(const stored_session& session,
                                     completion<std::optional<std::vector<packet_ptr>>> done) {
    const auto from = stream_id::parse(session.from);
    const auto until = events_.position();
    if (!from || !until) return done(std::nullopt);
    auto who = std::make_shared<catching_up>();
    who->all = events_.record(session);
    who->from = *from;
    who->until = *until;
    who->back = host().way_back();
    who->done = std::move(done);
    host().run(first_worker, [this, who = std::move(who)]() mutable { read_missed(std::move(who)); });
}

void streams_adapter::read_missed(std::shared_ptr<catching_up> who) {
    if (who->from >= who->until)
        return who->back(
            [this, who] { events_.when_all_is_placed([who](bool placed) { who->tell(placed); }); });
    if (!client() || who->found.size() > most_missed) return who->back([who] { who->tell(false); });
    auto& redis = client()->commands();
    redis.ask(make_command({"XRANGE", stream_, next_of(who->from), who->until.text(), "COUNT",
                            std::to_string(entries_at_once)}),
              [this, who](resp_value reply) { note_missed(*who, reply); });
    // What was trimmed before it was read is missing.
    redis.ask(first_entry_of(stream_), [this, who = std::move(who)](resp_value reply) mutable {
        const auto first = stream_id::parse(reply[0][0].text());
        if (!who->read || !first || *first > who->from) return who->back([who] { who->tell(false); });
        who->from = *std::exchange(who->read, std::nullopt);
        read_missed(std::move(who));
    });
}

void streams_adapter::note_missed(catching_up& who, resp_value entries) {
    if (entries.is_error()) return;
    who.read = who.from;
    for (const auto each : entries) {
        const auto entry = read_entry(each);
        if (!entry) continue;
        who.read = entry->id;
        node_message read;
        if (entry->nsp != form_.nsp() || !read_stream_data(entry->type, entry->data, who.reader, read))
            continue;
        if (read.what != verb::broadcast || read.options.flags.is_volatile ||
            !who.all->concerns(read.options) || is_reserved_event(read.data[0].as_string()))
            continue;
        who.found.push_back(host().make_event(event_data(read.data), read.options.flags, entry->id.text()));
    }
    if (entries.size() < entries_at_once) who.read = who.until;
}

}  // namespace kedge::cluster
