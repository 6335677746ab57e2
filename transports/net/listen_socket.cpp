#include <kedge/transports/net/listen_socket.hpp>

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <system_error>
#include <utility>

#include <kedge/transports/loop/kernel.hpp>
#include <kedge/transports/net/socket_address.hpp>

namespace kedge::transports {

namespace {

std::string advice(int error) {
    switch (error) {
        case EADDRINUSE:
            return "another process listens there; stop it, or choose another port (0 takes a free one)";
        case EACCES:
            return "no permission; choose a port above 1023, or grant CAP_NET_BIND_SERVICE";
        case EADDRNOTAVAIL:
            return "this machine has no such address; leave the host empty to listen on all of them";
        default:
            return "check the address";
    }
}

[[noreturn]] void fail(const std::string& name, const std::string& what_to_do, int error) {
    throw std::system_error(error, std::system_category(),
                            "cannot listen on " + name + " (" + what_to_do + ")");
}

void set(int descriptor, int level, int option, int value) noexcept {
    os().setsockopt(descriptor, level, option, &value, sizeof value);
}

/// Closes it, and leaves errno as it is; -1.
int close_failed(int descriptor) noexcept {
    const int error = errno;
    os().close(descriptor);
    errno = error;
    return -1;
}

/// A socket that does not block; or -1 with errno.
int make_socket(int family, int type, int protocol) noexcept {
    const int descriptor = os().socket(family, type, protocol);
    return descriptor < 0 || prepare_socket(descriptor) ? descriptor : close_failed(descriptor);
}

/// Binds one address; the descriptor, or -1 with errno.
int bind_tcp(const addrinfo& at, bool ipv6_only) noexcept {
    const int descriptor = make_socket(at.ai_family, at.ai_socktype, at.ai_protocol);
    if (descriptor < 0) return -1;
    set(descriptor, SOL_SOCKET, SO_REUSEADDR, 1);
    set(descriptor, IPPROTO_TCP, TCP_NODELAY, 1);  // inherited by what is accepted
    if (at.ai_family == AF_INET6) set(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, ipv6_only ? 1 : 0);
    return os().bind(descriptor, at.ai_addr, at.ai_addrlen) == 0 ? descriptor : close_failed(descriptor);
}

std::string without_brackets(const std::string& host) {
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') return host.substr(1, host.size() - 2);
    return host;
}

using address_list = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

address_list resolve(const std::string& host, std::uint16_t port, const std::string& name) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_PASSIVE;
    addrinfo* found = nullptr;
    const int error = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
    if (error != 0)
        fail(name, std::string("the host was not found: ") + ::gai_strerror(error), EADDRNOTAVAIL);
    return {found, &::freeaddrinfo};
}

/// Binds the first address of `host` that can be bound; the descriptor, or -1 with errno.
int bind_host(const std::string& host, const listen_address& where, const std::string& name) {
    const address_list found = resolve(host, where.port, name);
    int descriptor = -1;
    for (const addrinfo* at = found.get(); at && descriptor < 0; at = at->ai_next)
        descriptor = bind_tcp(*at, where.ipv6_only);
    return descriptor;
}

bool lacks_ipv6(int error) noexcept {
    return error == EAFNOSUPPORT || error == EADDRNOTAVAIL || error == EPROTONOSUPPORT;
}

sockaddr_un unix_address(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path)
        fail(path, "the path is too long for a UNIX socket", ENAMETOOLONG);
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    return address;
}

/// Whether a process still listens behind this file.
bool answers(const sockaddr_un& address) noexcept {
    const int probe = make_socket(AF_UNIX, SOCK_STREAM, 0);
    if (probe < 0) return true;
    const bool connected =
        os().connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    const bool dead = !connected && errno == ECONNREFUSED;
    os().close(probe);
    return !dead;
}

void remove_stale(const std::string& path, const sockaddr_un& address) {
    struct stat file {};
    if (::lstat(path.c_str(), &file) != 0) return;
    if (!S_ISSOCK(file.st_mode)) fail(path, "a file that is not a socket is there; remove it", EADDRINUSE);
    if (answers(address))
        fail(path, "another process listens there; stop it, or choose another path", EADDRINUSE);
    ::unlink(path.c_str());
}

int number_from_environment(const char* name) noexcept {
    const char* const text = std::getenv(name);
    return text ? std::atoi(text) : 0;
}

}  // namespace

listen_socket::listen_socket(const listen_address& where) {
    try {
        if (where.descriptor >= 0)
            inherit(where);
        else if (!where.path.empty())
            listen_unix(where);
        else
            listen_tcp(where);
    } catch (...) {
        close();
        throw;
    }
}

listen_socket::~listen_socket() {
    close();
}

void listen_socket::listen_tcp(const listen_address& where) {
    const std::string host = without_brackets(where.host);
    const std::string shown = host.empty()                          ? "*"
                              : host.find(':') != std::string::npos ? "[" + host + "]"
                                                                    : host;
    name_ = shown + ":" + std::to_string(where.port);
    descriptor_ = bind_host(host.empty() ? "::" : host, where, name_);
    if (descriptor_ < 0 && host.empty() && lacks_ipv6(errno))
        descriptor_ = bind_host("0.0.0.0", where, name_);
    if (descriptor_ < 0) fail(name_, advice(errno), errno);
    begin(where.backlog);
    ask_name();
}

void listen_socket::listen_unix(const listen_address& where) {
    name_ = where.path;
    const sockaddr_un address = unix_address(where.path);
    remove_stale(where.path, address);
    descriptor_ = make_socket(AF_UNIX, SOCK_STREAM, 0);
    if (descriptor_ < 0) fail(name_, "no socket could be made", errno);
    // Where the system allows it, nobody can connect in the moment between bind and chmod.
    if (where.mode) ::fchmod(descriptor_, static_cast<mode_t>(*where.mode));
    if (os().bind(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        fail(name_, "the folder must exist and be writable", errno);
    owned_path_ = where.path;
    struct stat file {};
    if (::lstat(owned_path_.c_str(), &file) == 0) {
        device_ = file.st_dev;
        inode_ = file.st_ino;
    }
    if (where.mode && ::chmod(owned_path_.c_str(), static_cast<mode_t>(*where.mode)) != 0)
        fail(name_, "its permissions could not be set", errno);
    begin(where.backlog);
}

void listen_socket::inherit(const listen_address& where) {
    name_ = "descriptor " + std::to_string(where.descriptor);
    int listening = 0;
    socklen_t size = sizeof listening;
    if (os().getsockopt(where.descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) != 0)
        fail(name_, "it is not an open socket", errno);
    if (!listening) fail(name_, "it is not a listening socket", EINVAL);
    descriptor_ = where.descriptor;
    if (!prepare_socket(descriptor_)) fail(name_, "it cannot be made to never block", errno);
    set(descriptor_, IPPROTO_TCP, TCP_NODELAY, 1);
    ask_name();
}

void listen_socket::begin(int backlog) {
    if (os().listen(descriptor_, backlog) != 0) fail(name_, advice(errno), errno);
}

void listen_socket::ask_name() {
    const socket_address bound = socket_address::local(descriptor_);
    if (bound.family() == AF_UNSPEC) fail(name_, "its address could not be asked for", errno);
    port_ = bound.port();
    name_ = bound.name();
}

void listen_socket::close() noexcept {
    if (descriptor_ < 0) return;
    struct stat file {};
    const std::string path = std::exchange(owned_path_, {});
    if (!path.empty() && ::lstat(path.c_str(), &file) == 0 && file.st_dev == device_ && file.st_ino == inode_)
        ::unlink(path.c_str());
    os().close(std::exchange(descriptor_, -1));
}

std::vector<int> inherited_descriptors() {
    constexpr int first = 3;
    if (number_from_environment("LISTEN_PID") != ::getpid()) return {};
    std::vector<int> found;
    for (int i = 0; i < number_from_environment("LISTEN_FDS"); ++i) {
        os().fcntl(first + i, F_SETFD, FD_CLOEXEC);
        found.push_back(first + i);
    }
    return found;
}

}  // namespace kedge::transports
