#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include <kedge/transports/loop/kernel.hpp>
#include <test/faults/failing_new.hpp>

namespace kedge::test {

/// What a server asks of the operating system.
enum class system_call : std::uint8_t {
    accept,
    recv,
    send,
    sendmsg,
    shutdown,
    close,
    setsockopt,
    getsockopt,
    getsockname,
    getpeername,
    fcntl,
    open,
    socket,
    bind,
    listen,
    connect,
    epoll_create,
    epoll_add,
    epoll_change,
    epoll_wait,
};
constexpr std::size_t all_system_calls = 20;

/// In the place of an errno: recv, send and sendmsg do their work for one byte, and for no more.
constexpr int short_by_all_but_one = 0;

/// The real system calls of this thread, which fail when they are told to, with a clock that is turned by
/// hand. A call that fails does nothing but close(), which closes. Where it said EAGAIN or was short, the
/// edge that ends the wait comes at once.
const transports::kernel& failing_kernel();

/// While it exists, one kind of call ends otherwise where it is exposed (see failing_new.hpp): the `nth`
/// from 1 on, or that and all behind it. With 0 none does, and they are only counted.
class failing_calls {
  public:
    failing_calls(system_call which, std::uint64_t nth, int how_it_ends, failing how) noexcept;
    ~failing_calls();
    failing_calls(const failing_calls&) = delete;
    failing_calls& operator=(const failing_calls&) = delete;

    /// How many exposed ones of this kind there have been.
    static std::uint64_t count(system_call which) noexcept;
};

/// While it exists, each recv gives one byte, and each send takes one and then refuses.
class byte_by_byte {
  public:
    byte_by_byte() noexcept;
    ~byte_by_byte();
    byte_by_byte(const byte_by_byte&) = delete;
    byte_by_byte& operator=(const byte_by_byte&) = delete;
};

}  // namespace kedge::test
