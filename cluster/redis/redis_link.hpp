#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <kedge/cluster/redis/command_port.hpp>
#include <kedge/cluster/redis/outbox.hpp>
#include <kedge/cluster/redis/redis_figures.hpp>
#include <kedge/cluster/redis/resp_reader.hpp>
#include <kedge/engine/loop.hpp>
#include <kedge/engine/random.hpp>

namespace kedge::cluster {

/// What a link sees of the network: one connection after the other.
class wire {
  public:
    /// Makes a connection; redis_link::on_connected() or redis_link::on_lost() follows, in a turn to come.
    virtual void connect() = 0;
    /// What is appended leaves at the end of the turn.
    virtual std::string& output() = 0;
    virtual std::size_t unsent() const = 0;
    /// redis_link::on_drained() follows when all has left.
    virtual void want_drain() = 0;
    /// Ends the connection, or gives up making one. on_lost() does not follow.
    virtual void hang_up() = 0;
    /// The same when all that was written has left.
    virtual void finish() = 0;

  protected:
    ~wire() = default;
};

/// Who uses a link.
class link_user {
  public:
    /// Commands reach Redis from now on.
    virtual void on_ready() = 0;
    /// The link was ready, and is no more. It connects again by itself.
    virtual void on_down() {}
    /// The link takes commands again that it had no room for.
    virtual void on_room() {}
    /// Something came that answers no command.
    virtual void on_push(resp_value) {}
    /// Something that an operator should know.
    virtual void on_trouble(std::string_view what, std::string_view why) = 0;

  protected:
    ~link_user() = default;
};

struct link_options {
    std::string user{};
    std::string password{};
    unsigned database = 0;
    std::string name{};  ///< what CLIENT LIST shows
    /// Whether Redis answers commands here. On a connection with subscriptions, all that comes is a push.
    bool answers = true;
    engine::duration ping_after{2000};                ///< of silence
    engine::duration lost_after{3000};                ///< without an answer to that
    engine::duration greeting_within{5000};           ///< of connecting, AUTH included
    engine::duration shortest_pause{50};              ///< before the next attempt; it doubles
    engine::duration longest_pause{2000};             ///< up to this
    std::size_t max_waiting = std::size_t{16} << 20;  ///< bytes that wait while nothing can be sent
    std::shared_ptr<redis_figures> figures{};         ///< null: the link's own
    std::size_t max_unsent = std::size_t{1} << 20;    ///< bytes given to the wire that the kernel refuses
};

/// One connection to Redis that is there for good: it greets, pipelines, asks when it hears nothing, connects
/// again with growing pauses, and keeps what cannot be sent meanwhile, within bounds. A Redis that may not be
/// written to (any more) is left, and what it has refused is asked again of the one that is reached next. It
/// knows no socket and no clock; all is called on one thread.
class redis_link final : public command_port {
  public:
    redis_link(engine::loop& home, wire& out, engine::random_source& random, link_options options,
               link_user& user);

    void start();
    /// Ends the connection, when what was sent has left, and makes no other. What waits is dropped.
    void stop();
    bool ready() const noexcept override { return state_ == state::ready; }
    /// Ends the connection that is, or is being made, and makes another. `why` is shown to operators.
    void reconnect(std::string_view why);

    // command_port
    void send(std::string_view command, answer on_answer = {}) override;
    void send_or_drop(std::string_view command) override;
    void ask(std::string_view command, answer on_answer) override;
    /// A command would leave at once; else link_user::on_ready() or on_room() follows.
    bool has_room() const { return ready() && waiting_.empty() && !congested(); }
    /// Writes a command, when there is room or behind another that had it.
    void transmit(std::string_view command, answer on_answer);

    // What the wire tells.
    void on_connected();
    void on_bytes(std::string_view bytes);
    void on_drained();
    /// `why` is shown to operators.
    void on_lost(std::string_view why);

    redis_figures& figures() const noexcept { return *options_.figures; }

  private:
    enum class state : std::uint8_t { off, connecting, greeting, ready, pausing };

    bool on_reply(resp_value reply);
    struct asked {
        answer told;
        std::string kept{};  // the command, if another Redis may have to be asked
    };
    void on_answer(resp_value reply);
    void on_demoted(asked refused, resp_value reply);
    void on_greeting(resp_value reply);
    bool is_harmless(std::string_view error) const;
    void on_greeted();
    void greet_the_old_way();
    bool collect(std::string_view command, answer& on_answer);
    void on_transaction(answer& told, resp_value reply);
    void put(outbox::entry made);
    void transmit(outbox::entry made);
    bool congested() const { return out_.unsent() > options_.max_unsent; }
    void flush_outbox();
    void lose(std::string_view why);
    void fail_unanswered();
    void pause();
    void connect();
    void on_time(engine::time_point now);
    void listen_for_silence();

    engine::loop& home_;
    wire& out_;
    engine::random_source& random_;
    link_options options_;
    link_user& user_;
    state state_ = state::off;
    resp_reader reader_;
    outbox waiting_;
    std::optional<outbox::entry> transaction_;  // that is being given here
    std::deque<asked> unanswered_;
    outbox again_;  // what was refused by who may not be written to
    bool demoted_ = false;
    std::deque<std::string> greeting_;  // what is still to be said before the link is ready
    bool tried_hello_ = false;
    bool pinged_ = false;
    engine::time_point heard_{};
    engine::time_point alarm_{};  // when silence is looked at next
    engine::duration pause_{};
    engine::timer timer_;
    std::uint64_t connection_ = 0;  // the number of the one that is, or was last
};

}  // namespace kedge::cluster
