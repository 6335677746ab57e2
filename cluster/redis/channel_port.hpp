#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace kedge::cluster {

enum class channel_kind : std::uint8_t {
    plain,    ///< SUBSCRIBE
    pattern,  ///< PSUBSCRIBE
    sharded,  ///< SSUBSCRIBE
};

/// Who is told what is published on a channel: for a pattern, on which.
using channel_listener = std::function<void(std::string_view channel, std::string_view message)>;

/// Where channels are listened to.
class channel_port {
  public:
    /// Listens to a channel that nobody here listens to. `effective` is called whenever Redis has confirmed
    /// it, on each new connection: what is published from then on is heard, what was before may not have
    /// been.
    virtual void add(channel_kind kind, const std::string& name, channel_listener listener,
                     std::function<void()> effective = {}) = 0;
    virtual void remove(channel_kind kind, const std::string& name) = 0;
    virtual bool has(channel_kind kind, std::string_view name) const = 0;

  protected:
    ~channel_port() = default;
};

}  // namespace kedge::cluster
