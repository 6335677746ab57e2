#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include <kedge/engine/loop.hpp>
#include <kedge/engine/random.hpp>
#include <kedge/stomp/frames/frame.hpp>
#include <kedge/stomp/relay/broker_link.hpp>
#include <kedge/stomp/relay/relay_figures.hpp>

namespace kedge::stomp {

/// Who is told whether the broker is there.
class system_line_user {
  public:
    virtual void on_available() = 0;
    /// It has gone, or is not reached for the first time since it was there.
    virtual void on_unavailable(std::string_view why) = 0;

  protected:
    ~system_line_user() = default;
};

/// The connection of the relay itself, which is there for good: it carries what the application sends, tells
/// whether the broker is there, and is made again with growing pauses. What is sent meanwhile waits, within
/// bounds. Knows no socket and no clock.
class system_line final : private broker_link_user {
  public:
    struct terms {
        link_terms link{};
        engine::duration shortest_pause{100};  ///< before the next attempt; it doubles
        engine::duration longest_pause{5'000};
        std::size_t max_waiting = std::size_t{1} << 20;  ///< bytes of messages that wait for the broker
    };

    system_line(engine::loop& home, broker_wire& to, engine::random_source& random, terms how,
                relay_figures& counted, system_line_user& user);

    void start() { link_.start(); }
    /// Ends it, behind what was sent; it is not made again.
    void stop();
    /// A SEND, without its own headers.
    void send(std::string destination, std::vector<header> headers, std::string body);
    broker_link& link() noexcept { return link_; }

  private:
    struct message {
        std::string destination;
        std::vector<header> headers;
        std::string body;
        std::size_t size;
    };

    void on_ready() override;
    void on_frame(frame&) override {}
    void on_lost(const frame& why) override;
    void on_room() override { flush(); }
    void flush();
    void transmit(const message& what);
    void on_time(engine::time_point) { link_.start(); }

    engine::loop& home_;
    engine::random_source& random_;
    terms terms_;
    relay_figures& counted_;
    system_line_user& user_;
    broker_link link_;
    engine::timer timer_;
    engine::duration pause_;
    std::deque<message> waiting_;
    std::size_t waiting_bytes_ = 0;
    bool told_lost_ = false;
};

}  // namespace kedge::stomp
