#include <kedge/cluster/adapters/ordered_adapter.hpp>

#include <utility>

#include <kedge/cluster/adapters/asked.hpp>
#include <kedge/cluster/messages/kept_session.hpp>
#include <kedge/cluster/redis/resp_writer.hpp>

namespace kedge::cluster {

namespace {

constexpr engine::duration recall_within{1500};  // when a server hangs; else all answer at once
constexpr engine::duration first_reached_within{1500};
constexpr engine::duration between_looks{20};
constexpr std::size_t most_early = 64;  // marks of one session

}  // namespace

/// A client that has come back, and where its session goes.
struct ordered_adapter::claim {
    std::string pid;
    std::string offset;
    way_back back;
    completion<std::optional<stored_session>> done;
    std::optional<stored_session> found{};
    bool recalled = false;
    std::optional<engine::time_point> until{};  // it waits for Redis

    void finish(bool kept) {
        if (!kept) found.reset();
        back([done = std::move(done), with = std::move(found)]() mutable { done(std::move(with)); });
    }
};

ordered_adapter::ordered_adapter(adapter_host& host, std::shared_ptr<fleet> shared, const settings& how)
    : fleet_adapter(host, std::move(shared), how.requests_timeout),
      how_(how),
      events_(host, how.patience, how.own, how.name),
      again_(engine::timer::calls<&ordered_adapter::on_time, ordered_adapter>(), this) {}

void ordered_adapter::close(completion<> done) {
    if (host().here()) host().run(first_worker, [this] { end(); });
    fleet_adapter::close(std::move(done));
}

void ordered_adapter::end() {
    events_.end();
    again_.disarm();
    for (const auto& each : std::exchange(early_, {})) each->finish(false);
}

// --- Events

void ordered_adapter::broadcast(packet_ptr packet, broadcast_options to) {
    const bool gets_place = !to.flags.local && !to.flags.is_volatile;
    if (recovers() && gets_place) return send_in_order(std::move(packet), std::move(to), {});
    if (events_.under_way().empty()) return fleet_adapter::broadcast(std::move(packet), std::move(to));
    if (!to.flags.local) say_event(*packet, to);
    deliver_in_line(std::move(packet), std::move(to));
}

/// What gets no place does not come before what was said earlier.
void ordered_adapter::deliver_in_line(packet_ptr packet, broadcast_options to) {
    auto said = events_.under_way().add(std::move(packet), std::move(to), {}, first_worker,
                                        events_under_way::kind::placeless);
    host().run(first_worker, [this, said = std::move(said)]() mutable { events_.expect(std::move(said)); });
}

void ordered_adapter::unicast(const std::string& id, packet_ptr packet, const broadcast_flags& flags) {
    send_in_order(std::move(packet), {{id}, {}, flags}, id);
}

void ordered_adapter::send_in_order(packet_ptr packet, broadcast_options to, std::string only) {
    const unsigned worker = host().here().value_or(first_worker);
    auto said = events_.under_way().add(std::move(packet), std::move(to), std::move(only), worker);
    host().run(first_worker, [this, said = std::move(said)]() mutable {
        event_data_writer data(said->packet->for_adapter());
        const auto write = [&](writer& out) { data.write(out, {}); };
        const auto ticket = events_.expect(said);
        const bool there = client() && client()->commands().ready();
        if (client())
            client()->commands().send(command_in_order({.options = said->to.get(), .data = write}, ticket));
        if (!there) events_.stop_waiting();
    });
}

// --- Where sessions are

std::string ordered_adapter::position() {
    const auto at = events_.position();
    return at ? how_.name(*at) : std::string();
}

void ordered_adapter::enrol(const std::string& pid, const std::string& id) {
    const std::lock_guard hold(lock_);
    connected_[pid] = {id, host().here().value_or(first_worker)};
}

void ordered_adapter::withdraw(const std::string& pid, const std::string& id) {
    const std::lock_guard hold(lock_);
    const auto found = connected_.find(pid);
    if (found != connected_.end() && found->second.id == id) connected_.erase(found);
}

std::optional<ordered_adapter::address> ordered_adapter::connected(const std::string& pid) const {
    const std::lock_guard hold(lock_);
    const auto found = connected_.find(pid);
    return found == connected_.end() ? std::nullopt : std::optional(found->second);
}

/// Where it left nobody can say while this server may have missed something: then it comes anew. But who was
/// written nothing since it entered has missed what came since then, wherever it left.
void ordered_adapter::persist_session(stored_session session) {
    const bool has_nothing = session.offset.empty() && !session.began.empty();
    if (session.from.empty() && !has_nothing) return;
    const engine::duration lifetime = host().recovery()
                                          ? engine::duration(host().recovery()->max_disconnection_duration)
                                          : engine::duration{0};
    auto command = make_command({"SET", how_.session_key_prefix + session.pid, write_session(session), "PX",
                                 std::to_string(lifetime.count())});
    host().run(first_worker, [this, command = std::move(command)] {
        if (client()) client()->commands().send(command);
    });
}

// --- Coming back

/// A socket that this server believes connected is cut first, which makes it a session.
void ordered_adapter::restore_session(std::string pid, std::string offset,
                                      completion<std::optional<stored_session>> done) {
    const auto ghost = connected(pid);
    auto who =
        std::make_shared<claim>(claim{std::move(pid), std::move(offset), host().way_back(), std::move(done)});
    host().run(ghost ? ghost->worker : first_worker, [this, ghost, who = std::move(who)]() mutable {
        if (ghost) host().cut(ghost->id);
        host().run(first_worker, [this, who = std::move(who)]() mutable { take(std::move(who)); });
    });
}

/// Where a server is started anew, its clients are there before it has reached Redis.
bool ordered_adapter::too_early(const std::shared_ptr<claim>& who) {
    reached_ = reached_ || (client() && client()->commands().ready() && events_.position());
    const auto now = host().loop().now();
    if (reached_ || (who->until && *who->until <= now)) return false;
    if (!who->until) who->until = now + first_reached_within;
    early_.push_back(who);
    if (!again_.armed()) host().loop().timers().arm(again_, now + between_looks);
    return true;
}

void ordered_adapter::on_time(engine::time_point) {
    for (auto& each : std::exchange(early_, {})) take(std::move(each));
}

/// On the first worker: takes the session out.
void ordered_adapter::take(std::shared_ptr<claim> who) {
    if (too_early(who)) return;
    if (!client() || !client()->commands().ready()) return who->finish(false);
    auto& redis = client()->commands();
    const std::string key = how_.session_key_prefix + who->pid;
    redis.ask(make_command({"MULTI"}), [](resp_value) {});
    redis.ask(make_command({"GET", key}), [](resp_value) {});
    redis.ask(make_command({"DEL", key}), [](resp_value) {});
    redis.ask(make_command({"EXEC"}), [this, who = std::move(who)](resp_value reply) mutable {
        who->found = read_session(reply[0].text());
        on_taken(std::move(who));
    });
}

void ordered_adapter::on_taken(std::shared_ptr<claim> who) {
    auto& session = who->found;
    if (!session && !std::exchange(who->recalled, true)) return recall(std::move(who));
    if (!session || session->pid != who->pid) return who->finish(false);
    session->from = beginning_of(*session, who->offset);
    if (session->from.empty()) return who->finish(false);
    const std::string from = session->from;
    when_kept(from, [this, who = std::move(who)](bool kept) {
        // Now that it is here it can be told from where the session began, and what lies behind what.
        auto& back = *who->found;
        if (kept) back.from = later_of(back.from, back.began);
        back.early = had_early(back, who->offset);
        back.offset = who->offset;
        who->finish(kept);
    });
}

/// Who has all that was written to it has missed only what came after it left; who was written nothing as
/// well, whatever its client still knows of a socket that it had before.
std::string ordered_adapter::beginning_of(const stored_session& session, const std::string& offset) const {
    const bool has_all = session.offset.empty() || session.offset == offset;
    if (has_all && !session.from.empty()) return session.from;
    return offset.empty() ? session.began : later_of(place_of(offset), session.began);
}

/// Of what it was told before that had its place, what its client has: what was written before something that
/// it has.
std::vector<std::string> ordered_adapter::had_early(const stored_session& session,
                                                    const std::string& offset) const {
    const auto said = early_place::parse(offset);
    const std::string at = place_of(offset);
    const bool has_all = session.offset == offset;
    std::vector<std::string> had;
    for (const auto& each : session.early) {
        const auto told = early_place::parse(each);
        if (!told) continue;
        const bool before = at != told->behind && later_of(told->behind, at) == at;
        const bool named = said && said->uid == told->uid && told->up_to <= said->up_to;
        if ((has_all || before || named) && had.size() < most_early) had.push_back(each);
    }
    if (said && !has_all) had.push_back(offset);
    return had;
}

/// Another server may believe it connected still: then it is told that it is not.
void ordered_adapter::recall(std::shared_ptr<claim> who) {
    const auto pid = [&](writer& to) { to.string(who->pid); };
    ask_kin({.what = verb::recall, .data = pid},
            std::make_unique<recall_question>([this, who]() mutable { take(std::move(who)); }),
            recall_within);
}

void ordered_adapter::on_recall(const node_message& asked) {
    const auto held = connected(std::string(asked.data.as_string()));
    auto answer = [this, had = held.has_value(), request = std::string(asked.request),
                   to = std::string(asked.uid)] {
        const auto yes_or_no = [had](writer& out) { out.boolean(had); };
        answer_kin({.what = verb::recalled, .request = request, .to = to, .data = yes_or_no});
    };
    if (!held) return answer();
    host().run(held->worker, [this, id = held->id, pid = std::string(asked.data.as_string()),
                              answer = std::move(answer)]() mutable {
        host().cut(id);
        host().run(first_worker, [this, pid = std::move(pid), answer = std::move(answer)]() mutable {
            if (!client()) return;
            // When Redis has answered this it has kept the session, wherever the answer goes by.
            client()->commands().ask(make_command({"GET", how_.session_key_prefix + pid}),
                                     [answer = std::move(answer)](resp_value) { answer(); });
        });
    });
}

/// On its way to the worker that it returns to.
struct ordered_adapter::returning {
    returning(ordered_adapter& in, const stored_session& session,
              completion<std::optional<std::vector<packet_ptr>>> then)
        : of(in), who(session), back(in.host().way_back()), done(std::move(then)) {}

    /// On the worker to which it returns.
    void tell(bool whole) {
        of.host().run(first_worker, [&of = of] { of.expect_return(false); });
        if (!whole || of.events_.era() != era) return done(std::nullopt);
        auto& all = all_of_it->found;
        const auto& noted = all_of_it->all->packets;
        all.insert(all.end(), noted.begin(), noted.end());
        done(std::move(all));
    }

    ordered_adapter& of;
    stored_session who;
    way_back back;
    completion<std::optional<std::vector<packet_ptr>>> done;
    std::shared_ptr<catching_up> all_of_it{};
    std::uint64_t era = 0;
};

/// By way of the first worker: then this one is as far as that was when it found the session's place.
void ordered_adapter::missed_packets(const stored_session& session,
                                     completion<std::optional<std::vector<packet_ptr>>> done) {
    auto who = std::make_shared<returning>(*this, session, std::move(done));
    host().run(first_worker, [this, who = std::move(who)]() mutable {
        expect_return(true);
        const auto back = who->back;
        back([this, who = std::move(who)]() mutable { catch_up(std::move(who)); });
    });
}

void ordered_adapter::catch_up(std::shared_ptr<returning> who) {
    const auto until = events_.position();
    who->era = events_.era();
    if (!until) return who->tell(false);
    who->all_of_it = std::make_shared<catching_up>(catching_up{events_.record(who->who), *until});
    host().run(first_worker, [this, who = std::move(who)]() mutable {
        const auto all = who->all_of_it;
        collect(all, [this, who = std::move(who)](bool whole) mutable {
            const auto back = who->back;
            back([this, whole, who = std::move(who)]() mutable {
                if (!whole) return who->tell(false);
                events_.when_all_is_placed([who = std::move(who)](bool placed) { who->tell(placed); });
            });
        });
    });
}

}  // namespace kedge::cluster
