#include <kedge/transports/loop/service_manager.hpp>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <cstring>

#include <kedge/transports/loop/kernel.hpp>

namespace kedge::transports {

namespace {

std::string_view variable(const char* name) noexcept {
    const char* const value = std::getenv(name);
    return value ? value : std::string_view{};
}

/// 0 for what is no number.
long long number(std::string_view text) noexcept {
    long long value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    return read.ec == std::errc() && read.ptr == text.data() + text.size() ? value : 0;
}

/// The watchdog may be meant for another process, which has handed its environment down.
engine::duration watchdog_of_this_process() noexcept {
    const std::string_view whose = variable("WATCHDOG_PID");
    if (!whose.empty() && number(whose) != ::getpid()) return engine::duration{0};
    return std::chrono::duration_cast<engine::duration>(
        std::chrono::microseconds(number(variable("WATCHDOG_USEC"))));
}

}  // namespace

std::optional<service_manager> service_manager::from_environment() {
    const std::string_view address = variable("NOTIFY_SOCKET");
    if (address.size() < 2 || (address.front() != '/' && address.front() != '@')) return std::nullopt;
    return service_manager(std::string(address), watchdog_of_this_process());
}

bool service_manager::tell(std::string_view state) const noexcept {
    sockaddr_un to{};
    if (address_.size() >= sizeof to.sun_path) return false;
    to.sun_family = AF_UNIX;
    std::copy(address_.begin(), address_.end(), std::begin(to.sun_path));
    if (to.sun_path[0] == '@') to.sun_path[0] = '\0';  // a name that is no file
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address_.size());
    const int descriptor = os().socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0) return false;
    const bool told =
        os().connect(descriptor, reinterpret_cast<const sockaddr*>(&to), size) == 0 &&
        os().send(descriptor, state.data(), state.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(state.size());
    os().close(descriptor);
    return told;
}

}  // namespace kedge::transports
