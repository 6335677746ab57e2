#include <kedge/transports/loop/process.hpp>

#include <unistd.h>

#include <array>
#include <ctime>
#include <fstream>
#include <optional>
#include <sstream>

namespace kedge::transports {
namespace {

using seconds = std::chrono::duration<double>;

std::optional<seconds> since_boot() {
#ifdef CLOCK_BOOTTIME
    timespec now{};
    if (::clock_gettime(CLOCK_BOOTTIME, &now) == 0)
        return seconds(static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9);
#endif
    return std::nullopt;
}

/// When the process began, since the machine did: the 22nd field of its line, of which the second stands in
/// parentheses and may hold blanks.
std::optional<seconds> begin_of_process() {
    std::ifstream file("/proc/self/stat");
    std::string line;
    if (!std::getline(file, line)) return std::nullopt;
    const auto behind_name = line.rfind(')');
    const long ticks_per_second = ::sysconf(_SC_CLK_TCK);
    if (behind_name == line.npos || ticks_per_second <= 0) return std::nullopt;
    std::istringstream rest(line.substr(behind_name + 1));
    std::string field;
    for (int number = 3; number <= 21; ++number) rest >> field;
    double ticks = 0;
    if (!(rest >> ticks)) return std::nullopt;
    return seconds(ticks / static_cast<double>(ticks_per_second));
}

}  // namespace

std::string host_name() {
    std::array<char, 256> name{};
    if (::gethostname(name.data(), name.size() - 1) != 0) return "localhost";
    return name.data();
}

int process_id() noexcept {
    return static_cast<int>(::getpid());
}

seconds process_uptime() {
    static const auto asked_first = std::chrono::steady_clock::now();
    static const auto begin = begin_of_process();
    const auto now = since_boot();
    if (begin && now && *now >= *begin) return *now - *begin;
    return std::chrono::steady_clock::now() - asked_first;
}

}  // namespace kedge::transports
