#pragma once

#include <bench/common/poller.hpp>
#include <bench/common/workload.hpp>
#include <bench/load/meter.hpp>
#include <bench/load/session.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace bench {

/// What the command line asks for.
struct settings {
    std::string mode;
    transport over = transport::websocket;
    target where;
    pid_t server = 0;
    std::size_t clients = 100;
    std::size_t window = 1;      ///< messages in flight, per client or publisher
    std::size_t size = 64;       ///< of the payload
    std::size_t publishers = 1;  ///< of broadcasts
    double rate = 0;             ///< messages per second, all clients; 0 is the closed loop
    double seconds = 2;          ///< measured, after a quarter of it for warming up
    std::string speaks{};        ///< what clients of other protocols speak; empty: Socket.IO
    std::string path{};          ///< where they speak it
    double settle = 0;           ///< seconds of rest between connecting and the first message
};

/// One measurement: the clients, the loop that drives them, and the meter.
class run : protected session_owner {
  public:
    explicit run(const settings& how) : how_(how), meter_(how.server) {}
    /// Does the whole of it, the figures' line included.
    virtual void go() = 0;

  protected:
    /// How many may be on their way at once: fewer than a listener's queue takes.
    static constexpr std::size_t connecting_at_once = 64;

    /// Connects clients until there are `count`, and waits until they are.
    void connect_up_to(std::size_t count);
    /// Turns the loop until `done()`, which is asked after each turn. Ends the program when nothing happens
    /// for long.
    void turn_until(const std::function<bool()>& done,
                    std::chrono::nanoseconds longest = std::chrono::milliseconds(100));
    void turn_for(double seconds);
    void on_connected(session&) override { ++connected_; }

    settings how_;
    poller poll_;
    meter meter_;
    std::vector<std::unique_ptr<session>> sessions_;
    std::size_t connected_ = 0;
};

/// Every client has `window` messages in flight, or sends at a fixed rate, and checks each answer; echo, ack,
/// and room, an echo by way of a room.
std::unique_ptr<run> make_exchange(const settings& how);
/// Some clients publish, all hear all.
std::unique_ptr<run> make_broadcast(const settings& how);
/// Echo or broadcast as clients of SockJS and STOMP.
std::unique_ptr<run> make_ways(const settings& how);
/// Connecting `clients` times; they stay (connect), or ask once and leave (churn).
std::unique_ptr<run> make_connect(const settings& how);
std::unique_ptr<run> make_churn(const settings& how);
/// Clients that do nothing but stay: memory, and processor time for their heartbeats.
std::unique_ptr<run> make_idle(const settings& how);

}  // namespace bench
