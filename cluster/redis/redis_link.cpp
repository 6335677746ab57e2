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

/// An answer of a server that does not know HELLO (before Redis 6, and some proxies), or not its third
/// version.
bool is_older(std::string_view error) {
    return error.starts_with("NOPROTO") || error.starts_with("ERR unknown command") ||
           error.starts_with("ERR unsupported") || error.starts_with("ERR Protocol version");
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
    figures().dropped.add(waiting_.clear(not_there));
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

void redis_link::on_connected() {
    if (state_ != state::connecting) return;
    state_ = state::greeting;
    ++connection_;
    figures().connections.add();
    reader_.reset();
    greeting_.clear();
    tried_hello_ = true;
    std::string hello;
    std::array<std::string_view, 7> words{"HELLO", "3"};
    std::size_t count = 2;
    if (!options_.password.empty()) {
        words[count++] = "AUTH";
        words[count++] = options_.user.empty() ? "default" : std::string_view(options_.user);
        words[count++] = options_.password;
    }
    if (!options_.name.empty()) {
        words[count++] = "SETNAME";
        words[count++] = options_.name;
    }
    append_command(hello, std::span(words).first(count));
    if (options_.database != 0)
        greeting_.push_back(make_command({"SELECT", std::to_string(options_.database)}));
    // Redis that was restarted greets while it loads what it had, and refuses what is to be written.
    if (options_.answers) greeting_.push_back(make_command({"PING"}));
    out_.output() += hello;
}

void redis_link::greet_the_old_way() {
    tried_hello_ = false;
    if (!options_.name.empty()) greeting_.push_front(make_command({"CLIENT", "SETNAME", options_.name}));
    if (options_.password.empty()) return;
    greeting_.push_front(options_.user.empty() ? make_command({"AUTH", options_.password})
                                               : make_command({"AUTH", options_.user, options_.password}));
}

/// What answers PING, the last of the greeting, is there, whatever it says but this.
bool redis_link::is_harmless(std::string_view error) const {
    const bool to_ping = options_.answers && !tried_hello_ && greeting_.empty();
    return to_ping && !error.starts_with("LOADING") && !error.starts_with("NOAUTH");
}

void redis_link::on_greeting(resp_value reply) {
    if (reply.is_error() && !is_harmless(reply.text())) {
        if (!tried_hello_ || !is_older(reply.text())) return lose(reply.text());
        greet_the_old_way();
    } else {
        tried_hello_ = false;
    }
    if (greeting_.empty()) return on_greeted();
    out_.output() += greeting_.front();
    greeting_.pop_front();
}

void redis_link::on_greeted() {
    state_ = state::ready;
    pause_ = options_.shortest_pause;
    pinged_ = false;
    heard_ = home_.now();
    listen_for_silence();
    user_.on_ready();
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
    if (options_.answers) unanswered_.push_back(std::move(on_answer));
    if (congested()) out_.want_drain();
}

void redis_link::transmit(outbox::entry made) {
    figures().sent.add(made.before.size());
    if (options_.answers)
        for (auto& each : made.before) unanswered_.push_back(std::move(each));
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
    auto whom = std::move(unanswered_.front());
    unanswered_.pop_front();
    if (reply.is_error()) figures().refused.add();
    if (whom) return whom(reply);
    if (reply.is_error()) user_.on_trouble("Redis refused a command", reply.text());
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
    for (auto& each : all) answer_with_error(each, lost);
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
