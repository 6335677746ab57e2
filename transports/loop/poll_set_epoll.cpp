#ifdef __linux__

#include <sys/epoll.h>

#include <array>
#include <cerrno>
#include <span>
#include <system_error>

#include <kedge/transports/loop/host.hpp>
#include <kedge/transports/loop/kernel.hpp>
#include <kedge/transports/loop/poll_set_kinds.hpp>

namespace kedge::transports {

namespace {

constexpr std::uint32_t all_edges = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;

[[noreturn]] void fail(const char* what) {
    throw std::system_error(errno, std::system_category(), what);
}

int make_epoll() {
    const int descriptor = os().epoll_create();
    if (descriptor < 0) fail("epoll_create");
    return descriptor;
}

ready translate(std::uint32_t events) noexcept {
    ready what = ready::nothing;
    if (events & EPOLLIN) what = what | ready::read;
    if (events & EPOLLOUT) what = what | ready::write;
    if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) what = what | ready::hang_up;
    return what;
}

class epoll_set final : public poll_set {
  public:
    epoll_set(host& under, poll_sink& sink) : host_(under), sink_(sink), outer_(make_epoll()) {}
    ~epoll_set() override {
        host_.unwatch();
        os().close(outer_);
    }

    void add(int descriptor, pollable& who) override {
        if (!control(EPOLL_CTL_ADD, descriptor, who)) fail("epoll_ctl");
        ++count_;
        if (dispatching_) return;
        try {
            arm();
        } catch (...) {
            remove(descriptor, who);
            throw;
        }
    }
    bool replace(int descriptor, pollable& from, pollable& to) noexcept override {
        forget_in_batch(from);
        if (control(EPOLL_CTL_MOD, descriptor, to)) return true;
        remove(descriptor, from);
        return false;
    }
    void remove(int descriptor, pollable& who) noexcept override {
        forget_in_batch(who);
        epoll_event unused{};
        if (os().epoll_ctl(outer_, EPOLL_CTL_DEL, descriptor, &unused) == 0) --count_;
    }
    void want(int, ready) noexcept override {}

    void dispatch() override {
        const int found = os().epoll_wait(outer_, batch_.data(), static_cast<int>(batch_.size()), 0);
        if (found <= 0) return;
        dispatching_ = true;
        waiting_batch_ = std::span(batch_).first(static_cast<std::size_t>(found));
        while (!waiting_batch_.empty()) {
            const epoll_event event = waiting_batch_.front();
            waiting_batch_ = waiting_batch_.subspan(1);
            if (event.data.ptr)
                sink_.on_ready(*static_cast<pollable*>(event.data.ptr), translate(event.events));
        }
        dispatching_ = false;
    }

    void arm() override {
        if (count_ == 0)
            host_.unwatch();
        else
            host_.watch(outer_);
    }

    bool empty() const noexcept override { return count_ == 0; }

  private:
    bool control(int operation, int descriptor, pollable& who) noexcept {
        epoll_event event{};
        event.events = all_edges;
        event.data.ptr = &who;
        return os().epoll_ctl(outer_, operation, descriptor, &event) == 0;
    }
    /// The batch may still name what was closed by an earlier member of it.
    void forget_in_batch(pollable& who) noexcept {
        for (epoll_event& event : waiting_batch_)
            if (event.data.ptr == &who) event.data.ptr = nullptr;
    }

    host& host_;
    poll_sink& sink_;
    const int outer_;
    std::array<epoll_event, 128> batch_{};
    std::span<epoll_event> waiting_batch_;
    std::size_t count_ = 0;
    bool dispatching_ = false;
};

}  // namespace

std::unique_ptr<poll_set> make_epoll_set(host& under, poll_sink& sink) {
    return std::make_unique<epoll_set>(under, sink);
}

}  // namespace kedge::transports

#endif
