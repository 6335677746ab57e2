#pragma once

#include <array>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>

#include <openssl/ssl.h>

namespace kedge::transports {

/// The keys that session tickets are sealed with, of all contexts of one server. A new one is made every
/// hour, and that before it opens tickets for one hour more: who steals a key reads little of what was said
/// before. From any thread.
class ticket_keys {
  public:
    using clock = std::chrono::steady_clock;
    static constexpr clock::duration lifetime = std::chrono::hours(1);

    struct key {
        std::array<unsigned char, 16> name{};
        std::array<unsigned char, 32> cipher{};
        std::array<unsigned char, 32> seal{};
    };
    struct found {
        key which;
        bool outdated = false;  ///< the client should get a new ticket
    };

    /// The key for tickets that are made now; nothing when there is no randomness.
    std::optional<key> current(clock::time_point now);
    /// The key of this name, unless it is too old.
    std::optional<found> find(const unsigned char* name, clock::time_point now);

    /// Makes a context use them.
    static void attach(SSL_CTX* context, const std::shared_ptr<ticket_keys>& keys);

  private:
    bool renew(clock::time_point now);

    std::mutex lock_;
    std::optional<key> latest_;
    std::optional<key> before_;
    clock::time_point made_{};
};

}  // namespace kedge::transports
