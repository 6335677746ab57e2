#include <kedge/transports/loop/kernel.hpp>

#include <fcntl.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/epoll.h>
#endif

#include <atomic>
#include <cerrno>

namespace kedge::transports {

namespace {

int accept_ready(int listening, sockaddr* peer, socklen_t* size) noexcept {
#ifdef __linux__
    return ::accept4(listening, peer, size, SOCK_NONBLOCK | SOCK_CLOEXEC);
#else
    return ::accept(listening, peer, size);  // prepare_connected() does the rest
#endif
}

#ifdef __linux__
int create() noexcept {
    return ::epoll_create1(EPOLL_CLOEXEC);
}
int control(int set, int operation, int descriptor, epoll_event* event) noexcept {
    return ::epoll_ctl(set, operation, descriptor, event);
}
int wait(int set, epoll_event* into, int size, int timeout) noexcept {
    return ::epoll_wait(set, into, size, timeout);
}
#else
int create() noexcept {
    return errno = ENOSYS, -1;
}
int control(int, int, int, epoll_event*) noexcept {
    return errno = ENOSYS, -1;
}
int wait(int, epoll_event*, int, int) noexcept {
    return errno = ENOSYS, -1;
}
#endif

std::chrono::steady_clock::time_point steady() noexcept {
    return std::chrono::steady_clock::now();
}

constexpr kernel real{
    .recv = [](int descriptor, void* into, std::size_t size,
               int flags) noexcept { return ::recv(descriptor, into, size, flags); },
    .send = [](int descriptor, const void* from, std::size_t size,
               int flags) noexcept { return ::send(descriptor, from, size, flags); },
    .sendmsg = [](int descriptor, const msghdr* message,
                  int flags) noexcept { return ::sendmsg(descriptor, message, flags); },
    .accept = accept_ready,
    .socket = [](int domain, int type, int protocol) noexcept { return ::socket(domain, type, protocol); },
    .bind = [](int descriptor, const sockaddr* to,
               socklen_t size) noexcept { return ::bind(descriptor, to, size); },
    .listen = [](int descriptor, int backlog) noexcept { return ::listen(descriptor, backlog); },
    .connect = [](int descriptor, const sockaddr* to,
                  socklen_t size) noexcept { return ::connect(descriptor, to, size); },
    .getsockopt =
        [](int descriptor, int level, int option, void* value, socklen_t* size) noexcept {
            return ::getsockopt(descriptor, level, option, value, size);
        },
    .shutdown = [](int descriptor, int how) noexcept { return ::shutdown(descriptor, how); },
    .close = [](int descriptor) noexcept { return ::close(descriptor); },
    .setsockopt =
        [](int descriptor, int level, int option, const void* value, socklen_t size) noexcept {
            return ::setsockopt(descriptor, level, option, value, size);
        },
    .getsockname = [](int descriptor, sockaddr* own,
                      socklen_t* size) noexcept { return ::getsockname(descriptor, own, size); },
    .getpeername = [](int descriptor, sockaddr* peer,
                      socklen_t* size) noexcept { return ::getpeername(descriptor, peer, size); },
    .fcntl = [](int descriptor, int command,
                int argument) noexcept { return ::fcntl(descriptor, command, argument); },
    .open = [](const char* path, int flags) noexcept { return ::open(path, flags); },
    .epoll_create = create,
    .epoll_ctl = control,
    .epoll_wait = wait,
    .now = steady,
};

std::atomic<const kernel*> in_use{&real};

}  // namespace

const kernel& os() noexcept {
    return *in_use.load(std::memory_order_acquire);
}

const kernel& real_kernel() noexcept {
    return real;
}

kernel_override::kernel_override(const kernel& table) noexcept {
    in_use.store(&table, std::memory_order_release);
}

kernel_override::~kernel_override() {
    in_use.store(&real, std::memory_order_release);
}

}  // namespace kedge::transports
