#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kedge/stomp/client.hpp>
#include <kedge/stomp/frames/frame.hpp>
#include <kedge/stomp/queues/queue.hpp>

namespace kedge {
class hub;
}

namespace kedge::stomp {

class queue_table;

/// Who has asked for something that is done to a queue; nobody when `from` is null.
struct queue_errand {
    std::shared_ptr<client_link> from{};
    std::uint64_t number = 0;

    /// It is done, or refused.
    void settle(std::optional<refusal> why) const;
};

/// The queues of a broker, from any thread. Each lives on one worker, which its name tells, and all that is
/// done to it is a task of that worker's.
class queue_desk final : public std::enable_shared_from_this<queue_desk> {
  public:
    struct figures {
        std::atomic<std::uint64_t> put{0};
        std::atomic<std::uint64_t> refused{0};
        std::atomic<std::uint64_t> given_up{0};
        std::atomic<std::uint64_t> messages{0};  ///< that are kept now
        std::atomic<std::uint64_t> bytes{0};
    };

    queue_desk(std::shared_ptr<hub> on, queue_options terms);
    ~queue_desk();
    queue_desk(const queue_desk&) = delete;
    queue_desk& operator=(const queue_desk&) = delete;

    const queue_options& terms() const noexcept { return terms_; }
    figures& counted() noexcept { return counted_; }
    std::uint64_t next_consumer() noexcept { return ++last_consumer_; }
    std::uint64_t next_delivery() noexcept { return ++last_delivery_; }

    void put(std::string destination, kept_ptr what, queue_errand told = {});
    void add(std::string destination, std::uint64_t consumer, std::size_t most, queue_errand told);
    void remove(std::string destination, std::uint64_t consumer);
    void settle(std::string destination, std::uint64_t consumer, std::vector<std::uint64_t> numbers,
                bool taken);

  private:
    template <class Act>
    void at_home(std::string_view destination, Act act);

    std::shared_ptr<hub> on_;
    queue_options terms_;
    std::vector<std::unique_ptr<queue_table>> tables_;  // by the numbers of the workers
    std::atomic<std::uint64_t> last_consumer_{0};
    std::atomic<std::uint64_t> last_delivery_{0};
    figures counted_;
};

/// The queues that live on one worker, and the ways to their consumers.
class queue_table final {
  public:
    explicit queue_table(queue_desk& of) noexcept;
    ~queue_table();

    std::optional<refusal> put(const std::string& destination, kept_ptr what);
    void add(const std::string& destination, std::uint64_t consumer, std::size_t most,
             const queue_errand& told);
    void remove(const std::string& destination, std::uint64_t consumer);
    void settle(const std::string& destination, std::uint64_t consumer,
                const std::vector<std::uint64_t>& numbers, bool taken);

  private:
    class place;
    class tally;

    place* enter(const std::string& destination);
    /// Calls `act(queue&)` and counts what has changed. Forgets the queue when it is idle.
    template <class Act>
    auto with(place& at, Act act);

    queue_desk& of_;
    std::map<std::string, std::unique_ptr<place>, std::less<>> places_;
    std::size_t bytes_ = 0;
};

}  // namespace kedge::stomp
