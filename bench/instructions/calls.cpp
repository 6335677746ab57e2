// The functions of the C library that make the calls, each with a counter in front. A program's own function
// comes before the library's of the same name.
#include <dlfcn.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <bench/instructions/calls.hpp>
#include <bench/server/allocations.hpp>

namespace {

bool counting = false;
std::uint64_t calls = 0;
std::uint64_t allocations_within = 0;

template <class Function>
Function* library(const char* name) {
    return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

void count_call() {
    if (counting) ++calls;
}

}  // namespace

namespace bench {

std::uint64_t system_calls() noexcept {
    return calls;
}

std::uint64_t counted_allocations() noexcept {
    return allocations_within;
}

counting_calls::counting_calls() noexcept : allocations_before_(allocations()) {
    counting = true;
}

counting_calls::~counting_calls() {
    counting = false;
    allocations_within += allocations() - allocations_before_;
}

}  // namespace bench

extern "C" {

ssize_t recv(int descriptor, void* to, size_t size, int flags) {
    static auto* const real = library<decltype(recv)>("recv");
    count_call();
    return real(descriptor, to, size, flags);
}
ssize_t send(int descriptor, const void* from, size_t size, int flags) {
    static auto* const real = library<decltype(send)>("send");
    count_call();
    return real(descriptor, from, size, flags);
}
ssize_t sendmsg(int descriptor, const msghdr* what, int flags) {
    static auto* const real = library<decltype(sendmsg)>("sendmsg");
    count_call();
    return real(descriptor, what, flags);
}
ssize_t recvmsg(int descriptor, msghdr* what, int flags) {
    static auto* const real = library<decltype(recvmsg)>("recvmsg");
    count_call();
    return real(descriptor, what, flags);
}
ssize_t read(int descriptor, void* to, size_t size) {
    static auto* const real = library<decltype(read)>("read");
    count_call();
    return real(descriptor, to, size);
}
ssize_t write(int descriptor, const void* from, size_t size) {
    static auto* const real = library<decltype(write)>("write");
    count_call();
    return real(descriptor, from, size);
}
ssize_t readv(int descriptor, const iovec* to, int count) {
    static auto* const real = library<decltype(readv)>("readv");
    count_call();
    return real(descriptor, to, count);
}
ssize_t writev(int descriptor, const iovec* from, int count) {
    static auto* const real = library<decltype(writev)>("writev");
    count_call();
    return real(descriptor, from, count);
}
int epoll_wait(int descriptor, epoll_event* events, int most, int timeout) {
    static auto* const real = library<decltype(epoll_wait)>("epoll_wait");
    count_call();
    return real(descriptor, events, most, timeout);
}
int epoll_ctl(int descriptor, int what, int of, epoll_event* event) noexcept {
    static auto* const real = library<decltype(epoll_ctl)>("epoll_ctl");
    count_call();
    return real(descriptor, what, of, event);
}
int accept4(int descriptor, sockaddr* who, socklen_t* size, int flags) {
    static auto* const real = library<decltype(accept4)>("accept4");
    count_call();
    return real(descriptor, who, size, flags);
}
}
