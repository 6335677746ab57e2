#include <test/faults/failing_calls.hpp>

#include <sys/epoll.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include <test/faults/hand_turned.hpp>

namespace kedge::test {
namespace {

using transports::real_kernel;

/// Who is told of a descriptor's edges.
struct watch {
    int set = -1;
    epoll_event event{};
};

struct plan {
    std::array<std::uint64_t, all_system_calls> seen{};
    system_call which{};
    std::uint64_t first_failure = 0;
    int ending = 0;
    failing manner = failing::once;
};
thread_local plan now;
thread_local bool one_byte_each = false;
thread_local std::vector<watch> watches;

/// Whether this call is one that ends otherwise.
bool struck(system_call which) noexcept {
    if (!exposed::here()) return false;
    const std::uint64_t nth = ++now.seen[static_cast<std::size_t>(which)];
    if (which != now.which || now.first_failure == 0) return false;
    return now.manner == failing::once ? nth == now.first_failure : nth >= now.first_failure;
}

/// What was refused, or left behind, can be had from here on.
void give_edge(int descriptor) noexcept {
    const auto at = static_cast<std::size_t>(descriptor);
    if (at >= watches.size() || watches[at].set < 0) return;
    epoll_event again = watches[at].event;
    real_kernel().epoll_ctl(watches[at].set, EPOLL_CTL_MOD, descriptor, &again);
}

int failed(int descriptor) noexcept {
    if (now.ending == EAGAIN) give_edge(descriptor);
    errno = now.ending;
    return -1;
}

/// One of those that move bytes.
template <class All, class One>
ssize_t transfer(system_call which, int descriptor, All&& all, One&& one) noexcept {
    const bool strikes = struck(which);
    if (strikes && now.ending != short_by_all_but_one) return failed(descriptor);
    if (!strikes && !(one_byte_each && exposed::here())) return all();
    const ssize_t moved = one();
    if (moved > 0) give_edge(descriptor);
    return moved;
}

ssize_t receive(int descriptor, void* into, std::size_t size, int flags) noexcept {
    return transfer(
        system_call::recv, descriptor, [&] { return real_kernel().recv(descriptor, into, size, flags); },
        [&] { return real_kernel().recv(descriptor, into, std::min<std::size_t>(size, 1), flags); });
}

ssize_t send_some(int descriptor, const void* from, std::size_t size, int flags) noexcept {
    return transfer(
        system_call::send, descriptor, [&] { return real_kernel().send(descriptor, from, size, flags); },
        [&] { return real_kernel().send(descriptor, from, std::min<std::size_t>(size, 1), flags); });
}

ssize_t send_pieces(int descriptor, const msghdr* message, int flags) noexcept {
    const iovec* const first = std::find_if(message->msg_iov, message->msg_iov + message->msg_iovlen,
                                            [](const iovec& each) { return each.iov_len > 0; });
    return transfer(
        system_call::sendmsg, descriptor, [&] { return real_kernel().sendmsg(descriptor, message, flags); },
        [&] { return real_kernel().send(descriptor, first->iov_base, 1, flags); });
}

int close_one(int descriptor) noexcept {
    if (const auto at = static_cast<std::size_t>(descriptor); at < watches.size()) watches[at] = {};
    const int closed = real_kernel().close(descriptor);
    return struck(system_call::close) ? failed(-1) : closed;
}

int control(int set, int operation, int descriptor, epoll_event* event) noexcept {
    const system_call which = operation == EPOLL_CTL_ADD ? system_call::epoll_add : system_call::epoll_change;
    if (operation != EPOLL_CTL_DEL && struck(which)) return failed(-1);
    const auto at = static_cast<std::size_t>(descriptor);
    const int done = real_kernel().epoll_ctl(set, operation, descriptor, event);
    if (done != 0) return done;
    if (at >= watches.size()) watches.resize(at + 1);
    watches[at] = operation == EPOLL_CTL_DEL ? watch{} : watch{set, *event};
    return done;
}

/// What makes sockets.
void make_fail_setup(transports::kernel& table) {
    table.socket = [](int domain, int type, int protocol) noexcept {
        return struck(system_call::socket) ? failed(-1) : real_kernel().socket(domain, type, protocol);
    };
    table.bind = [](int descriptor, const sockaddr* to, socklen_t size) noexcept {
        return struck(system_call::bind) ? failed(-1) : real_kernel().bind(descriptor, to, size);
    };
    table.listen = [](int descriptor, int backlog) noexcept {
        return struck(system_call::listen) ? failed(-1) : real_kernel().listen(descriptor, backlog);
    };
    table.connect = [](int descriptor, const sockaddr* to, socklen_t size) noexcept {
        return struck(system_call::connect) ? failed(-1) : real_kernel().connect(descriptor, to, size);
    };
    table.getsockname = [](int descriptor, sockaddr* own, socklen_t* size) noexcept {
        return struck(system_call::getsockname) ? failed(-1)
                                                : real_kernel().getsockname(descriptor, own, size);
    };
    table.open = [](const char* path, int flags) noexcept {
        return struck(system_call::open) ? failed(-1) : real_kernel().open(path, flags);
    };
    table.epoll_create = []() noexcept {
        return struck(system_call::epoll_create) ? failed(-1) : real_kernel().epoll_create();
    };
}

/// What is asked of sockets that are there.
void make_fail_talk(transports::kernel& table) {
    table.recv = receive;
    table.send = send_some;
    table.sendmsg = send_pieces;
    table.close = close_one;
    table.epoll_ctl = control;
    table.accept = [](int listening, sockaddr* peer, socklen_t* size) noexcept {
        return struck(system_call::accept) ? failed(listening) : real_kernel().accept(listening, peer, size);
    };
    table.getsockopt = [](int descriptor, int level, int option, void* value, socklen_t* size) noexcept {
        return struck(system_call::getsockopt)
                   ? failed(-1)
                   : real_kernel().getsockopt(descriptor, level, option, value, size);
    };
    table.shutdown = [](int descriptor, int how) noexcept {
        return struck(system_call::shutdown) ? failed(-1) : real_kernel().shutdown(descriptor, how);
    };
    table.setsockopt = [](int descriptor, int level, int option, const void* value, socklen_t size) noexcept {
        return struck(system_call::setsockopt)
                   ? failed(-1)
                   : real_kernel().setsockopt(descriptor, level, option, value, size);
    };
    table.getpeername = [](int descriptor, sockaddr* peer, socklen_t* size) noexcept {
        return struck(system_call::getpeername) ? failed(-1)
                                                : real_kernel().getpeername(descriptor, peer, size);
    };
    table.fcntl = [](int descriptor, int command, int argument) noexcept {
        return struck(system_call::fcntl) ? failed(-1) : real_kernel().fcntl(descriptor, command, argument);
    };
    table.epoll_wait = [](int set, epoll_event* into, int size, int timeout) noexcept {
        return struck(system_call::epoll_wait) ? failed(-1)
                                               : real_kernel().epoll_wait(set, into, size, timeout);
    };
}

}  // namespace

const transports::kernel& failing_kernel() {
    static const transports::kernel table = [] {
        transports::kernel made = with_hand_turned_clock();
        make_fail_setup(made);
        make_fail_talk(made);
        return made;
    }();
    return table;
}

failing_calls::failing_calls(system_call which, std::uint64_t nth, int how_it_ends, failing how) noexcept {
    now = {.which = which, .first_failure = nth, .ending = how_it_ends, .manner = how};
}

failing_calls::~failing_calls() {
    now.first_failure = 0;
}

std::uint64_t failing_calls::count(system_call which) noexcept {
    return now.seen[static_cast<std::size_t>(which)];
}

byte_by_byte::byte_by_byte() noexcept {
    one_byte_each = true;
}

byte_by_byte::~byte_by_byte() {
    one_byte_each = false;
}

}  // namespace kedge::test
