#pragma once

#include <functional>
#include <memory>
#include <optional>

#include <kedge/engine/delays.hpp>
#include <kedge/engine/scheduled.hpp>
#include <kedge/transports/loop/process_signals.hpp>

namespace kedge::transports {

class worker;

/// What a program wants of a server beside its clients: tasks when a time has passed, and to be told of the
/// process's signals. On one worker; what is asked for from other threads is asked for there.
class program_service {
  public:
    explicit program_service(worker& on) noexcept : on_(on), waiting_(std::make_shared<timers>(on)) {}
    program_service(const program_service&) = delete;
    program_service& operator=(const program_service&) = delete;

    scheduled after(engine::duration delay, engine::task work);
    scheduled every(engine::duration period, engine::task work);
    /// Only for a worker on Asio.
    process_signals& signals();
    /// Nothing more comes.
    void stop() noexcept;

  private:
    struct timers {
        explicit timers(worker& on) noexcept;
        worker& home;
        engine::delays delays;
    };
    static void arm(const std::shared_ptr<timers>& in, engine::duration delay, engine::task work);
    static void repeat(const std::shared_ptr<timers>& in, engine::duration period,
                       std::shared_ptr<scheduled_work> work);

    worker& on_;
    std::shared_ptr<timers> waiting_;
    std::optional<process_signals> signals_;
};

}  // namespace kedge::transports
