#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <kedge/stomp/queues/queue_options.hpp>

namespace kedge::stomp {

/// A message that a queue keeps, as it is given to its consumers.
struct kept_message {
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;

    /// What it takes of a queue's room.
    std::size_t bytes() const noexcept;
};
using kept_ptr = std::shared_ptr<const kept_message>;

/// One message on its way to one consumer, until the consumer settles it.
struct delivery {
    std::uint64_t number = 0;  ///< is given once
    kept_ptr what{};
    bool redelivered = false;
};

/// Where a queue's messages go.
class queue_outlet {
  public:
    virtual std::uint64_t next_delivery() = 0;
    virtual void deliver(std::uint64_t consumer, const delivery& what) = 0;
    /// Nobody has taken it, as often as it was tried.
    virtual void give_up(const kept_ptr& what) = 0;

  protected:
    ~queue_outlet() = default;
};

/// Messages in order, kept until somebody takes them, and the consumers, who are given them in turn. What a
/// consumer does not take goes back to where it was. Knows no clock and no thread.
class queue final {
  public:
    queue(const queue_options& terms, queue_outlet& to) noexcept : terms_(terms), to_(to) {}

    /// False when it is full: the message is not kept.
    bool put(kept_ptr what);
    /// `most`: how many messages it may have that it has not settled.
    void add(std::uint64_t consumer, std::size_t most);
    /// It has gone: what it has not settled is for others.
    void remove(std::uint64_t consumer);
    /// A consumer has taken a message, or refuses it.
    void settle(std::uint64_t consumer, std::uint64_t number, bool taken);

    std::size_t messages() const noexcept { return messages_; }
    std::size_t bytes() const noexcept { return bytes_; }
    std::size_t consumers() const noexcept { return consumers_.size(); }
    /// Whether nothing is lost when it is forgotten.
    bool idle() const noexcept { return messages_ == 0 && consumers_.empty(); }

  private:
    struct entry {
        std::uint64_t place;
        kept_ptr what;
        unsigned tries = 0;
        std::uint64_t refused_by = 0;
    };
    struct consumer {
        std::uint64_t id;
        std::size_t most;
        std::map<std::uint64_t, entry> has{};  // by the numbers of deliveries
    };

    void pump();
    consumer* next_for(const entry& what) noexcept;
    consumer* find(std::uint64_t id) noexcept;
    /// Back to its place, or away when it was tried too often.
    void put_back(entry back);
    void forget(const entry& gone) noexcept;

    const queue_options& terms_;
    queue_outlet& to_;
    std::deque<entry> waiting_;
    std::vector<consumer> consumers_;
    std::size_t turn_ = 0;  // who is next
    std::uint64_t last_place_ = 0;
    std::size_t messages_ = 0;  // with those that are on their way
    std::size_t bytes_ = 0;
};

}  // namespace kedge::stomp
