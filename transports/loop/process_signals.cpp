#include <kedge/transports/loop/process_signals.hpp>

#include <csignal>
#include <utility>

#include <kedge/transports/loop/worker.hpp>

namespace kedge::transports {

void process_signals::end_with(end_function end, bool twice) {
    end_ = std::move(end);
    ends_.emplace(on_.context(), SIGTERM, SIGINT);
    await_end(false, twice);
}

void process_signals::reload_with(std::function<void()> reload) {
    reload_ = std::move(reload);
    reloads_.emplace(on_.context(), SIGHUP);
    await_reload();
}

void process_signals::stop() noexcept {
    alive_.reset();
    ends_.reset();
    reloads_.reset();
}

void process_signals::await_end(bool again, bool twice) {
    ends_->async_wait([this, again, twice, here = std::weak_ptr(alive_)](
                          const boost::system::error_code& error, int which) {
        if (error || here.expired()) return;
        const engine::stay inside(on_);
        end_(which == SIGTERM ? "SIGTERM" : "SIGINT", again);
        if (!here.expired() && twice && !again) await_end(true, twice);
    });
}

void process_signals::await_reload() {
    reloads_->async_wait([this, here = std::weak_ptr(alive_)](const boost::system::error_code& error, int) {
        if (error || here.expired()) return;
        const engine::stay inside(on_);
        reload_();
        if (!here.expired()) await_reload();
    });
}

}  // namespace kedge::transports
