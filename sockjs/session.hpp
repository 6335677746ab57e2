#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <kedge/engine/loop.hpp>
#include <kedge/engine/timer_wheel.hpp>
#include <kedge/sockjs/message_queue.hpp>
#include <kedge/sockjs/options.hpp>
#include <kedge/sockjs/receiver.hpp>

namespace kedge::sockjs {

class session;

/// Who is told what a session's client does.
class session_owner {
  public:
    virtual void on_message(session& from, std::string_view message) = 0;
    /// Once a session: by the client, the network or the server.
    virtual void on_close(session& which, std::uint16_t code, std::string_view reason) = 0;
    /// What waited for the client was given to its receiver.
    virtual void on_flushed(session&) {}
    /// Nobody can reach it any more; it may be buried.
    virtual void on_over(session& which) = 0;

  protected:
    ~session_owner() = default;
};

/// One client of a service, from its first request to the end: what waits for it, the receiver by which it is
/// reached now, and how long it may be out of reach. Belongs to its worker's thread.
class session final : private engine::turn_work {
  public:
    /// `kept`: the bytes that all sessions keep together.
    session(engine::loop& home, const options& terms, session_owner& owner, std::atomic<std::size_t>& kept);
    ~session();

    /// A receiver comes. The first one opens the session; a second one beside it is sent away.
    void attach(receiver& who);
    /// The client has cut its receiver. That is told when all that it sent before was handed over.
    void lose(receiver& who, std::string_view why = "Connection lost");
    /// The client has sent messages. Of very many at once the later ones are handed over in turns to come, so
    /// that others need not wait for one client; too many that wait end the session.
    void receive(message_queue messages);

    /// Sends a message; what is written in one turn leaves as one frame.
    void send(std::string_view message);
    /// Sends what append_message() wrote.
    void send_written(std::string_view written);
    /// Closes it: the client gets what waits, then the reason.
    void close(std::uint16_t code = 1000, std::string_view reason = "Normal closure");
    /// Sends no heartbeats from now on.
    void quiet() noexcept;
    /// Ends it now, without a word to the client.
    void drop(std::uint16_t code, std::string_view reason);

    bool open() const noexcept { return state_ == state::open; }
    /// Whether a client reads at this moment.
    bool attached() const noexcept { return receiver_ != nullptr; }
    /// Bytes that wait for the client.
    std::size_t waiting_bytes() const noexcept { return waiting_bytes_; }

  private:
    enum class state : std::uint8_t { fresh, open, closing, over };

    void end_turn() override;
    void on_beat(engine::time_point now);
    void on_absence(engine::time_point now);
    void flush();
    void deliver(std::string_view frame);
    void release();
    void turn_away(receiver& who);
    void drop_waiting() noexcept;
    template <class Append>
    void add(Append&& append);
    void hand_over();
    void empty_inbox();
    void keep();
    void count_inbox() noexcept;
    void drop_inbox() noexcept;
    void on_later(engine::time_point now);
    void tell_close(std::uint16_t code, std::string_view reason);
    void finish();

    engine::loop& home_;
    const options& terms_;
    session_owner& owner_;
    std::atomic<std::size_t>& kept_;
    receiver* receiver_ = nullptr;
    std::string waiting_;  // the frame of messages, but for its end
    std::size_t waiting_bytes_ = 0;
    message_queue inbox_;          // of the client's
    std::size_t inbox_bytes_ = 0;  // of those that wait for a turn to come
    std::string lost_;             // why the client is gone, while that waits for the inbox
    std::string farewell_;         // the close frame, once it is closing
    engine::timer beat_;
    engine::timer absence_;
    engine::timer later_;
    state state_ = state::fresh;
    bool told_ = false;
    bool quiet_ = false;
};

}  // namespace kedge::sockjs
