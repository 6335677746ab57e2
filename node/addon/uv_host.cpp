#include <kedge/node/addon/uv_host.hpp>

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <system_error>
#include <thread>

#include <kedge/transports/loop/poll_set_kinds.hpp>

namespace kedge::node {

namespace {

void must(int result, const char* what) {
    if (result < 0) throw std::runtime_error(std::string(what) + ": " + uv_strerror(result));
}

template <class Handle>
uv_handle_t* plain(Handle& which) noexcept {
    return reinterpret_cast<uv_handle_t*>(&which);
}

}  // namespace

/// They outlive the host, since libuv closes them later.
struct uv_host::handles {
    uv_loop_t& loop;
    void (*closed)(void*);
    void* with;
    transports::host_guest* guest = nullptr;
    std::thread::id thread = std::this_thread::get_id();
    uv_timer_t timer{};
    uv_prepare_t prepare{};
    uv_idle_t idle{};    // started so that the loop does not wait
    uv_async_t async{};  // from other threads
    uv_poll_t poll{};
    bool polled = false;  // poll is initialised
    bool watching = false;
    bool woken = false;
    bool keeps_alive = true;
    int open = 4;

    template <class Handle>
    void begin(Handle& which) noexcept {
        which.data = this;
        uv_unref(plain(which));
    }
    static handles& of(const void* which) noexcept {
        return *static_cast<handles*>(static_cast<const uv_handle_t*>(which)->data);
    }

    void before_waiting() {
        if (!woken) return;
        woken = false;
        if (guest) guest->on_woken();
        // Woken again: the loop goes round once more before it waits.
        if (woken)
            uv_idle_start(&idle, [](uv_idle_t*) {});
        else
            uv_idle_stop(&idle);
    }
    void close_all() noexcept {
        guest = nullptr;
        const auto gone = [](uv_handle_t* which) { of(which).one_closed(); };
        uv_close(plain(timer), gone);
        uv_close(plain(prepare), gone);
        uv_close(plain(idle), gone);
        uv_close(plain(async), gone);
        if (polled) uv_close(plain(poll), gone);
    }
    void one_closed() noexcept {
        if (--open > 0) return;
        const auto tell = closed;
        void* const to = with;
        delete this;
        tell(to);
    }
};

uv_host::uv_host(uv_loop_t& loop, void (*closed)(void*), void* with)
    : handles_(new handles{.loop = loop, .closed = closed, .with = with}) {
    handles& own = *handles_;
    uv_timer_init(&loop, &own.timer);
    uv_prepare_init(&loop, &own.prepare);
    uv_idle_init(&loop, &own.idle);
    must(uv_async_init(&loop, &own.async, [](uv_async_t* which) { handles::of(which).woken = true; }),
         "uv_async_init");
    own.begin(own.timer);
    own.begin(own.prepare);
    own.begin(own.idle);
    own.begin(own.async);
    uv_prepare_start(&own.prepare, [](uv_prepare_t* which) { handles::of(which).before_waiting(); });
}

uv_host::~uv_host() {
    handles_->close_all();
}

void uv_host::guest(transports::host_guest* who) noexcept {
    handles_->guest = who;
}

void uv_host::wake() {
    if (std::this_thread::get_id() == handles_->thread)
        handles_->woken = true;
    else
        uv_async_send(&handles_->async);
}

void uv_host::alarm(engine::time_point at) {
    const auto now = std::chrono::time_point_cast<engine::duration>(std::chrono::steady_clock::now());
    const auto left = std::max<engine::duration::rep>((at - now).count(), 0);
    uv_update_time(&handles_->loop);
    uv_timer_start(
        &handles_->timer,
        [](uv_timer_t* which) {
            if (auto* const who = handles::of(which).guest) who->on_alarm();
        },
        static_cast<std::uint64_t>(left), 0);
}

void uv_host::cancel_alarm() noexcept {
    uv_timer_stop(&handles_->timer);
}

/// Reports levels, and goes on doing so: to be told once more than was asked for harms nobody.
void uv_host::watch(int descriptor) {
    handles& own = *handles_;
    if (own.watching) return;
    if (!own.polled) {
        must(uv_poll_init(&own.loop, &own.poll, descriptor), "uv_poll_init");
        own.poll.data = &own;
        own.polled = true;
        ++own.open;
        keeps_alive(own.keeps_alive);
    }
    must(uv_poll_start(&own.poll, UV_READABLE,
                       [](uv_poll_t* which, int, int) {
                           if (auto* const who = handles::of(which).guest) who->on_readable();
                       }),
         "uv_poll_start");
    own.watching = true;
}

void uv_host::unwatch() noexcept {
    if (!handles_->watching) return;
    handles_->watching = false;
    uv_poll_stop(&handles_->poll);
}

void uv_host::keeps_alive(bool yes) noexcept {
    handles_->keeps_alive = yes;
    if (!handles_->polled) return;
    if (yes)
        uv_ref(plain(handles_->poll));
    else
        uv_unref(plain(handles_->poll));
}

std::unique_ptr<transports::poll_set> uv_host::make_poll_set(transports::poll_sink& sink) {
    return transports::make_epoll_set(*this, sink);
}

void uv_host::run(const std::function<void(std::exception_ptr)>&) {
    throw std::logic_error("Node runs this loop");
}

}  // namespace kedge::node
