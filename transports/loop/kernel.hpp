#pragma once

#include <sys/socket.h>
#include <sys/types.h>

#include <chrono>
#include <cstddef>

#include <kedge/engine/timer_wheel.hpp>

struct epoll_event;

namespace kedge::transports {

/// What the socket path asks of the operating system: its calls with their results and their errno, and the
/// time. It has no other way there, so that a test can put a table of its own in the place of this one, in
/// which any call fails, any write is short, and the clock is turned by hand.
struct kernel {
    ssize_t (*recv)(int descriptor, void* into, std::size_t size, int flags) noexcept;
    ssize_t (*send)(int descriptor, const void* from, std::size_t size, int flags) noexcept;
    ssize_t (*sendmsg)(int descriptor, const msghdr* message, int flags) noexcept;
    /// The accepted socket does not block and is closed on exec.
    int (*accept)(int listening, sockaddr* peer, socklen_t* size) noexcept;
    int (*socket)(int domain, int type, int protocol) noexcept;
    int (*bind)(int descriptor, const sockaddr* to, socklen_t size) noexcept;
    int (*listen)(int descriptor, int backlog) noexcept;
    int (*connect)(int descriptor, const sockaddr* to, socklen_t size) noexcept;
    int (*getsockopt)(int descriptor, int level, int option, void* value, socklen_t* size) noexcept;
    int (*shutdown)(int descriptor, int how) noexcept;
    int (*close)(int descriptor) noexcept;
    int (*setsockopt)(int descriptor, int level, int option, const void* value, socklen_t size) noexcept;
    int (*getsockname)(int descriptor, sockaddr* own, socklen_t* size) noexcept;
    int (*getpeername)(int descriptor, sockaddr* peer, socklen_t* size) noexcept;
    int (*fcntl)(int descriptor, int command, int argument) noexcept;
    /// Of files whose descriptor is held for a socket's sake.
    int (*open)(const char* path, int flags) noexcept;
    // Only called on Linux.
    int (*epoll_create)() noexcept;  ///< closed on exec
    int (*epoll_ctl)(int set, int operation, int descriptor, epoll_event* event) noexcept;
    int (*epoll_wait)(int set, epoll_event* into, int size, int timeout) noexcept;
    std::chrono::steady_clock::time_point (*now)() noexcept;
};

/// The table in use.
const kernel& os() noexcept;
/// What time it is there, as timers count it.
inline engine::time_point wheel_time(std::chrono::steady_clock::time_point exact) noexcept {
    return std::chrono::time_point_cast<engine::duration>(exact);
}
/// The operating system itself.
const kernel& real_kernel() noexcept;

/// Puts another table in use while it exists. Before the first worker is made, and until the last has gone.
class kernel_override {
  public:
    explicit kernel_override(const kernel& table) noexcept;
    ~kernel_override();
    kernel_override(const kernel_override&) = delete;
    kernel_override& operator=(const kernel_override&) = delete;
};

}  // namespace kedge::transports
