#include <kedge/socketio/face/server_signals.hpp>

#include <csignal>
#include <utility>

namespace kedge {

void server_signals::close_with(std::function<void(std::string_view, const transports::close_options&)> close,
                                transports::close_options how) {
    close_ = std::move(close);
    ends_.emplace(on_, SIGTERM, SIGINT);
    await_end(how);
}

void server_signals::reload_with(std::function<void()> reload) {
    reload_ = std::move(reload);
    reloads_.emplace(on_, SIGHUP);
    await_reload();
}

void server_signals::stop() noexcept {
    alive_.reset();
    ends_.reset();
    reloads_.reset();
}

void server_signals::await_end(const transports::close_options& how) {
    ends_->async_wait(
        [this, how, here = std::weak_ptr(alive_)](const boost::system::error_code& error, int which) {
            if (error || here.expired()) return;
            close_(which == SIGTERM ? "SIGTERM" : "SIGINT", how);
            transports::close_options at_once = how;
            at_once.notice = engine::duration{0};
            if (!here.expired() && how.notice > at_once.notice) await_end(at_once);
        });
}

void server_signals::await_reload() {
    reloads_->async_wait([this, here = std::weak_ptr(alive_)](const boost::system::error_code& error, int) {
        if (error || here.expired()) return;
        reload_();
        if (!here.expired()) await_reload();
    });
}

}  // namespace kedge
