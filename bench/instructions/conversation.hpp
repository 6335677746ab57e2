#pragma once

#include <bench/instructions/rig.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

/// A client in the main namespace, over websocket.
class websocket_client {
  public:
    /// `extensions`: the header line of an offer, or nothing.
    explicit websocket_client(rig& to, std::string_view extensions = {});
    /// One that enters by other frames than those of JSON: what it says, and how long the answer is.
    websocket_client(rig& to, std::string_view entry, std::size_t answer);

    void send(std::string_view bytes) { through_.send(bytes); }
    void take(std::size_t bytes) { through_.take(bytes); }

  private:
    void open(std::string_view extensions);

    peer through_;
};

/// The same over polling, with a connection for its polls and another for its posts, as browsers do it.
class polling_client {
  public:
    explicit polling_client(rig& to);

    /// Sends a body while a poll waits, and takes so many packets.
    void exchange(const std::string& body, std::size_t packets);

  private:
    void poll();

    peer polls_;
    peer posts_;
    std::string sid_;
};

/// A text event, as the client or the server writes it.
std::string event(std::string_view name, std::string_view text);

}  // namespace bench
