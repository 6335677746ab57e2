#include <kedge/cluster/redis/redis_link.hpp>

#include <algorithm>
#include <array>
#include <utility>

#include <kedge/cluster/redis/resp_writer.hpp>

namespace kedge::cluster {

namespace {

constexpr std::string_view not_there = "Redis is not there";
constexpr std::string_view lost = "the connection to Redis was lost";
constexpr std::string_view begin_transaction = "*1\r\n$5\r\nMULTI\r\n";
constexpr std::string_view end_transaction = "*1\r\n$4\r\nEXEC\r\n";
constexpr engine::duration lateness{500};

/// What a replica refuses, for being one: it was not carried out. What is part of a transaction is not kept.
bool is_write(std::string_view command) {
    const auto name = command.substr(std::min(command.size(), command.find("\r\n")));
    return name.starts_with("\r\n$4\r\nXADD") || name.starts_with("\r\n$3\r\nSET\r");
}

/// Of EXEC, when there was no transaction.
bool is_without_beginning(resp_value error) {
    return error.text().find("without MULTI") != std::string_view::npos;
}

}  // namespace

redis_link::redis_link(engine::loop& home, wire& out, engine::random_source& random, link_options options,
                       link_user& user)
    : home_(home),
      out_(out),
      random_(random),
      options_(std::move(options)),
      user_(user),
      waiting_(options_.max_waiting),
      again_(options_.max_waiting),
      pause_(options_.shortest_pause),
      timer_(engine::timer::calls<&redis_link::on_time, redis_link>(), this) {
    if (!options_.figures) options_.figures = std::make_shared<redis_figures>();
}

void redis_link::start() {
    if (state_ == state::off) connect();
}

void redis_link::stop() {
    const bool was_ready = ready();
    if (std::exchange(state_, state::off) == state::off) return;
    timer_.disarm();
    was_ready ? out_.finish() : out_.hang_up();
    fail_unanswered();
    figures().dropped.add(again_.clear(not_there) + waiting_.clear(not_there));
}

void redis_link::reconnect(std::string_view why) {
    if (state_ != state::off && state_ != state::pausing) lose(why);
}

// --- Connecting

void redis_link::connect() {
    state_ = state::connecting;
    home_.timers().arm(timer_, home_.now() + options_.greeting_within);
    out_.connect();
}

void redis_link::on_greeted() {
    state_ = state::ready;
    if (!demoted_) pause_ = options_.shortest_pause;
    pinged_ = false;
    heard_ = home_.now();
    listen_for_silence();
    user_.on_ready();
    while (ready() && !again_.empty()) transmit(again_.pop());
    flush_outbox();
}

// --- Commands

void redis_link::send(std::string_view command, answer on_answer) {
    if (collect(command, on_answer)) return;
    if (has_room()) return transmit(command, std::move(on_answer));
    put({std::string(command), std::move(on_answer)});
}

void redis_link::put(outbox::entry made) {
    if (has_room()) return transmit(std::move(made));
    if (state_ != state::off) return figures().dropped.add(waiting_.push(std::move(made)));
    figures().dropped.add(made.before.size() + 1);
    for (auto& each : made.before) answer_with_error(each, not_there);
    answer_with_error(made.answer, not_there);
}

/// What stands between MULTI and EXEC goes as one: without its end Redis would go on to queue all that
/// follows, and without its beginning its parts would be done one by one.
bool redis_link::collect(std::string_view command, answer& on_answer) {
    if (!transaction_ && command != begin_transaction) return false;
    if (!transaction_) transaction_.emplace();
    transaction_->command += command;
    if (command == end_transaction) {
        transaction_->answer = [this, told = std::move(on_answer)](resp_value reply) mutable {
            on_transaction(told, reply);
        };
        put(*std::exchange(transaction_, std::nullopt));
    } else {
        transaction_->before.push_back(std::move(on_answer));
    }
    return true;
}

/// One that Redis has not ended would swallow all that follows.
void redis_link::on_transaction(answer& told, resp_value reply) {
    const bool open =
        reply.is_error() && ready() && !reply.text().starts_with("EXEC") && !is_without_beginning(reply);
    const std::string why(open ? reply.text() : std::string_view());
    if (told) told(reply);
    if (open && ready()) reconnect(why);
}

void redis_link::send_or_drop(std::string_view command) {
    if (has_room())
        transmit(command, {});
    else
        figures().dropped.add();
}

void redis_link::ask(std::string_view command, answer on_answer) {
    if (ready())
        send(command, std::move(on_answer));
    else
        answer_with_error(on_answer, not_there);
}

void redis_link::transmit(std::string_view command, answer on_answer) {
    out_.output() += command;
    figures().sent.add();
    if (options_.answers)
        unanswered_.push_back(
            {std::move(on_answer), is_write(command) ? std::string(command) : std::string()});
    if (congested()) out_.want_drain();
}

void redis_link::transmit(outbox::entry made) {
    figures().sent.add(made.before.size());
    if (options_.answers)
        for (auto& each : made.before) unanswered_.push_back({std::move(each)});
    transmit(made.command, std::move(made.answer));
}

void redis_link::flush_outbox() {
    while (ready() && !waiting_.empty() && !congested()) transmit(waiting_.pop());
}

void redis_link::on_drained() {
    flush_outbox();
    if (has_room()) user_.on_room();
}

// --- What comes

void redis_link::on_bytes(std::string_view bytes) {
    heard_ = home_.now();
    if (std::exchange(pinged_, false)) listen_for_silence();
    if (!reader_.feed(bytes, [this](resp_value reply) { return on_reply(reply); }))
        lose("what came is not Redis' protocol");
}

/// Whether the connection is the same as before.
bool redis_link::on_reply(resp_value reply) {
    const auto connection = connection_;
    if (state_ == state::greeting)
        on_greeting(reply);
    else if (!options_.answers || reply.kind() == resp_kind::push)
        user_.on_push(reply);
    else
        on_answer(reply);
    return connection == connection_ && (state_ == state::greeting || state_ == state::ready);
}

void redis_link::on_answer(resp_value reply) {
    if (unanswered_.empty()) return lose("it answered what was not asked");
    asked whom = std::move(unanswered_.front());
    unanswered_.pop_front();
    if (reply.is_error()) figures().refused.add();
    if (reply.is_error() && reply.text().starts_with("READONLY")) return on_demoted(std::move(whom), reply);
    if (!whom.kept.empty() && std::exchange(demoted_, false)) pause_ = options_.shortest_pause;
    if (whom.told) return whom.told(reply);
    if (reply.is_error()) user_.on_trouble("Redis refused a command", reply.text());
}

/// The master has become a replica: behind the same address, or by the Sentinels, another one is found now,
/// or will be. It refuses all that is to be written behind this as well.
void redis_link::on_demoted(asked refused, resp_value reply) {
    demoted_ = true;
    const std::string why(reply.text());
    if (!refused.kept.empty())
        unanswered_.push_front(std::move(refused));
    else if (refused.told)
        refused.told(reply);
    for (auto& each : unanswered_) {
        if (each.kept.empty()) continue;
        figures().dropped.add(again_.push({std::exchange(each.kept, {}), std::exchange(each.told, {})}));
    }
    if (state_ == state::ready) lose(why);
}

// --- The end of a connection

void redis_link::on_lost(std::string_view why) {
    if (state_ == state::off || state_ == state::pausing) return;
    const bool was_ready = ready();
    figures().losses.add();
    user_.on_trouble(was_ready ? "the connection to Redis was lost" : "Redis cannot be reached", why);
    pause();
    fail_unanswered();
    if (was_ready) user_.on_down();
}

void redis_link::lose(std::string_view why) {
    const std::string kept(why);  // it may lie in what is dropped
    out_.hang_up();
    on_lost(kept);
}

void redis_link::fail_unanswered() {
    auto all = std::exchange(unanswered_, {});
    figures().unanswered.add(all.size());
    for (auto& each : all) answer_with_error(each.told, lost);
}

void redis_link::pause() {
    state_ = state::pausing;
    std::array<std::byte, 2> chance{};
    random_.fill(chance);
    const auto part = std::to_integer<int>(chance[0]) * 256 + std::to_integer<int>(chance[1]);
    // Between half of the pause and all of it: nodes that lost Redis together do not come back together.
    const auto wait = pause_ / 2 + (pause_ / 2) * part / 65535;
    pause_ = std::min(pause_ * 2, options_.longest_pause);
    home_.timers().arm(timer_, home_.now() + wait);
}

// --- Time

void redis_link::on_time(engine::time_point now) {
    if (state_ == state::pausing) return connect();
    if (state_ == state::connecting || state_ == state::greeting) return lose("no answer");
    // Who was held up himself has not read yet what came meanwhile.
    if (now - alarm_ >= lateness) heard_ = now - options_.ping_after;
    if (now - heard_ >= options_.ping_after + options_.lost_after) return lose("it does not answer");
    if (now - heard_ >= options_.ping_after && !pinged_) {
        pinged_ = true;
        transmit(make_command({"PING"}), [](resp_value) {});
    }
    listen_for_silence();
}

void redis_link::listen_for_silence() {
    const auto patience = options_.ping_after + (pinged_ ? options_.lost_after : engine::duration{0});
    alarm_ = heard_ + patience;
    home_.timers().arm(timer_, alarm_);
}

}  // namespace kedge::cluster
