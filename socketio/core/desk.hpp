#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include <kedge/engine/delays.hpp>
#include <kedge/engine/function.hpp>
#include <kedge/engine/loop.hpp>
#include <kedge/engine/random.hpp>
#include <kedge/engine/sid.hpp>
#include <kedge/engine/timer_wheel.hpp>
#include <kedge/socketio/core/desk_counts.hpp>

namespace boost::asio {
class execution_context;
}

namespace kedge {

class desk;

/// What is to be done on one worker when a time has passed, for one who may go before: then all goes with
/// him. On the worker's thread.
class delays {
  public:
    explicit delays(desk& home) noexcept;
    delays(const delays&) = delete;
    delays& operator=(const delays&) = delete;

    void add(engine::duration delay, engine::task work);
    void clear() noexcept { waiting_.clear(); }

  private:
    desk& home_;
    engine::delays waiting_;
};

/// What the Socket.IO side keeps on one worker, and its way there for handles on other threads. It outlives
/// the worker: what is sent to a worker that is gone is dropped.
class desk final : private engine::turn_work {
  public:
    /// `context`: where the worker's timers and sockets of Asio are, if it has such. Kept, since those of the
    /// program may be destroyed later than the worker.
    desk(engine::random_source& random, engine::loop& home,
         std::shared_ptr<boost::asio::execution_context> context = nullptr);
    ~desk();

    unsigned index() const noexcept { return index_; }
    /// Only while the worker lives, on its thread.
    engine::loop& loop() noexcept { return *home_; }
    /// Makes the ids of the sockets here, and the names by which they may return. On the worker's thread.
    engine::sid_source& ids() noexcept { return ids_; }
    /// Changed on the worker's thread.
    desk_counts& counts() noexcept { return counts_; }
    const desk_counts& counts() const noexcept { return counts_; }

    /// The desk whose work this thread is doing, of whatever server, or null. Where it says null, here() may
    /// know better.
    static desk* current() noexcept;
    /// Null when the worker has none, or is gone. From any thread.
    boost::asio::execution_context* context() const noexcept;
    /// Whether the worker is there.
    bool open() const noexcept;

    /// Whether the caller is on this worker's thread.
    bool here() const noexcept;
    /// Runs it on the worker's thread: now if this is it, else in a turn of that worker. Dropped when the
    /// worker is gone.
    void run(engine::task work);
    /// Runs it in a turn of the worker, never now.
    void post(engine::task work);
    /// Runs it on the worker's thread when the time has passed. From any thread.
    void after(engine::duration delay, engine::task work);

    /// Keeps what is no longer needed until the turn ends: a socket that has left may be in a list that
    /// somebody goes through, a handler that was taken back may be running.
    void bury(std::shared_ptr<const void> departed);
    /// Whether so much is kept until then that what may bury more should wait for another turn.
    bool crowded() const noexcept { return departed_.size() >= crowd; }
    /// The worker goes away. On its thread, or when it no longer runs.
    void shut() noexcept;

    /// Marks the thread as this worker's while it exists, so that here() is cheap.
    class presence {
      public:
        explicit presence(desk& at) noexcept;
        ~presence();
        presence(const presence&) = delete;
        presence& operator=(const presence&) = delete;

      private:
        desk* before_;
    };

  private:
    struct gate;
    static constexpr std::size_t crowd = 1024;

    void end_turn() override;

    engine::loop* home_;
    std::shared_ptr<boost::asio::execution_context> context_;
    unsigned index_;
    engine::sid_source ids_;
    desk_counts counts_;
    std::unique_ptr<gate> gate_;
    std::vector<std::shared_ptr<const void>> departed_;
    delays waiting_;
};

}  // namespace kedge
