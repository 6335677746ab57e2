#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <kedge/engine/keyed_hash.hpp>

namespace kedge::transports {

/// How many polling sessions may be without a poll on one worker.
struct lobby_limits {
    std::size_t all = 0;
    std::size_t per_address = 0;     ///< an IPv6 host is counted by its /64; 0 = no limit of its own
    std::size_t per_connection = 0;  ///< of those that were never polled; 0 = no limit of its own
};

/// The polling sessions of one worker for which no poll waits. To open a session costs a stranger one
/// request; until its heartbeat fails it costs the server its memory. So they are counted, and where one
/// connection or one address has too many, or there are too many of all, the oldest one that was never polled
/// makes room for the next, or else the one that has not come back to poll for longest.
class lobby final {
    struct knot;
    struct place;
    struct account;

  public:
    /// Whom a request to open a session comes from.
    struct opener {
        std::string_view address;
        std::uint64_t connection = 0;  ///< its number
    };
    class guest;

    explicit lobby(const lobby_limits& limits);
    ~lobby();
    lobby(const lobby&) = delete;
    lobby& operator=(const lobby&) = delete;

    /// Makes room for one more session, at another's cost where it must. False when there is none: whoever is
    /// here was polled a moment ago, and is only between two polls.
    bool make_room(const opener& from);
    /// From any thread.
    std::size_t unattended() const noexcept { return unattended_.load(std::memory_order_relaxed); }
    std::uint64_t evicted() const noexcept { return evicted_.load(std::memory_order_relaxed); }

  private:
    using accounts = engine::keyed_map<std::string, account>;

    static account& open_account(accounts& among, std::string key);
    static void leave_account(accounts& among, account& which) noexcept;
    static account* full(accounts& among, const std::string& key, std::size_t limit);
    bool evict_oldest(knot& of);
    bool evict_absent(knot& of);
    void evict(guest& which);
    void count(std::ptrdiff_t more) noexcept;

    const lobby_limits& limits_;
    std::unique_ptr<knot> newcomers_;  // of all, oldest first
    std::unique_ptr<knot> absent_;     // of all who were polled, who is away for longest first
    std::unique_ptr<accounts> addresses_;
    std::unique_ptr<accounts> connections_;
    std::atomic<std::size_t> unattended_{0};
    std::atomic<std::uint64_t> evicted_{0};
};

/// The place of one polling session in the lobby.
class lobby::guest {
  public:
    /// No poll waits for it yet.
    guest(lobby& in, const opener& from);
    guest(const guest&) = delete;
    guest& operator=(const guest&) = delete;

    /// A poll waits for it.
    void attend() noexcept;
    /// No poll waits for it any more.
    void wait() noexcept;
    /// It was polled, and makes room for nobody while it comes back soon enough.
    void settle() noexcept;
    /// It is no longer counted.
    void leave() noexcept;

    /// Others came, and it was never polled, or not for long: it ends, and has left already.
    virtual void on_evicted() = 0;

  protected:
    ~guest();

  private:
    friend class lobby;
    void go_away() noexcept;

    lobby* in_;                     // null when it has left
    account* address_;              // null where there is no address
    std::unique_ptr<place> place_;  // null when it has left
    bool attended_ = false;
};

}  // namespace kedge::transports
