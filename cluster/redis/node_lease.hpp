#pragma once

#include <bitset>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <kedge/cluster/redis/command_port.hpp>
#include <kedge/engine/log.hpp>
#include <kedge/engine/loop.hpp>
#include <kedge/engine/random.hpp>
#include <kedge/engine/sid.hpp>
#include <kedge/transports/net/dialer.hpp>

namespace kedge::cluster {

/// "host:port" or "[address]:port"; nothing when it is neither.
std::optional<transports::dial_address> parse_node_address(std::string_view text);

/// Holds a number among the nodes of a fleet, and knows who holds the others: keys that expire in Redis,
/// which their nodes renew. Who comes or goes says so on a channel. While Redis is away, all stays as it was.
/// It knows no socket and no clock.
class node_lease final {
  public:
    static constexpr unsigned numbers = engine::no_node;
    static constexpr engine::duration lasts{15'000};
    static constexpr engine::duration renewed_every{5'000};
    static constexpr engine::duration asked_again_after{100};  // without a number, or without Redis
    /// How long a node is missed before it is forgotten: a Redis that was restarted knows nobody at first.
    static constexpr engine::duration missed_for{6'000};

    using addresses = std::map<std::uint8_t, transports::dial_address>;
    struct hooks {
        /// `own` is engine::no_node while there is none.
        std::function<void(std::uint8_t own, const addresses& others)> on_change{};
        std::function<void(log_level level, std::string_view what, std::string_view why)> log{};
    };

    /// `key` begins the names of the keys and is the name of the channel; `address` is how the others reach
    /// this node.
    node_lease(engine::loop& home, command_port& commands, engine::random_source& random, std::string key,
               std::string_view address, hooks told);

    void start();
    /// Somebody came or went, if Redis says so, too: until then one is believed whose number nobody has, and
    /// nobody else. False when it makes no sense.
    bool on_announced(std::string_view message);
    /// Gives the number back and asks for no other.
    void release();

  private:
    void ask();
    void on_time(engine::time_point) { ask(); }
    void on_all(resp_value reply);
    void learn(std::uint8_t number, std::string_view value);
    bool forget_missing();
    bool forget(std::uint8_t number);
    void hold(resp_value reply);
    void claim();
    void on_claimed(std::uint8_t number, resp_value reply);
    void lose(std::string_view why);
    void tell();
    void again(engine::duration after);
    std::string key_of(unsigned number) const;

    engine::loop& home_;
    command_port& redis_;
    engine::random_source& random_;
    const std::string key_;
    std::string value_;  // of this node's key: its address, and a name that no other has
    hooks hooks_;
    std::uint8_t own_ = engine::no_node;
    addresses others_;
    std::map<std::uint8_t, std::string> values_;  // of their keys
    std::map<std::uint8_t, engine::time_point> missed_since_;
    std::bitset<256> hearsay_;  // who came or went, as somebody has said, and Redis not yet
    std::bitset<256> taken_;    // as of the last answer
    bool asking_ = false;
    bool ask_again_ = false;
    bool over_ = false;
    engine::timer timer_;
};

}  // namespace kedge::cluster
