#include <kedge/transports/pages/process_figures.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <string_view>

#include <dirent.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <kedge/version.hpp>

namespace kedge::transports {
namespace {

double seconds(const timeval& time) noexcept {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

double read_cpu_seconds() noexcept {
    rusage used{};
    if (::getrusage(RUSAGE_SELF, &used) != 0) return 0;
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

std::uint64_t read_resident_bytes() {
    std::ifstream file("/proc/self/statm");
    std::uint64_t whole = 0;
    std::uint64_t resident = 0;
    file >> whole >> resident;
    return file ? resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)) : 0;
}

/// When the machine was started, in seconds since 1970.
double read_boot_time() {
    std::ifstream file("/proc/stat");
    std::string word;
    while (file >> word) {
        if (word != "btime") continue;
        double when = 0;
        file >> when;
        return when;
    }
    return 0;
}

/// The start of the process, told in ticks since the machine's: the 20th word behind the name, which may hold
/// spaces.
double read_start() {
    std::ifstream file("/proc/self/stat");
    std::string line;
    std::getline(file, line);
    std::string_view rest = line;
    rest.remove_prefix(std::min(rest.size(), rest.rfind(')') + 1));
    for (int word = 0; word < 20 && !rest.empty(); ++word)
        rest.remove_prefix(std::min(rest.size(), rest.find(' ') + 1));
    std::uint64_t ticks = 0;
    if (std::from_chars(rest.data(), rest.data() + rest.size(), ticks).ec != std::errc{}) return 0;
    return read_boot_time() + static_cast<double>(ticks) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

/// Newer kernels tell the number as the folder's size; elsewhere the entries are counted, without this
/// folder's own.
std::uint64_t count_descriptors() noexcept {
    constexpr const char* folder = "/proc/self/fd";
    struct stat about {};
    if (::stat(folder, &about) == 0 && about.st_size > 0) return static_cast<std::uint64_t>(about.st_size);
    DIR* const open = ::opendir(folder);
    if (open == nullptr) return 0;
    std::uint64_t count = 0;
    while (const dirent* const entry = ::readdir(open)) {
        if (entry->d_name[0] != '.') ++count;
    }
    ::closedir(open);
    return count - 1;
}

std::uint64_t read_most_descriptors() noexcept {
    rlimit limit{};
    return ::getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : 0;
}

std::string in_seconds(double value) {
    std::array<char, 32> digits{};
    const auto [end, error] =
        std::to_chars(digits.data(), digits.data() + digits.size(), value, std::chars_format::fixed, 3);
    return {digits.data(), error == std::errc{} ? end : digits.data()};
}

void append_metric(std::string& to, std::string_view name, std::string_view type, std::string_view help,
                   std::string_view value) {
    to.append("# HELP ").append(name).append(" ").append(help).append("\n");
    to.append("# TYPE ").append(name).append(" ").append(type).append("\n");
    to.append(name).append(" ").append(value).append("\n");
}

}  // namespace

process_figures read_process_figures() {
    return {.cpu_seconds = read_cpu_seconds(),
            .started = read_start(),
            .resident_bytes = read_resident_bytes(),
            .open_descriptors = count_descriptors(),
            .most_descriptors = read_most_descriptors()};
}

std::string prometheus_text(const process_figures& of) {
    std::string text;
    append_metric(text, "process_cpu_seconds_total", "counter", "Time of processors, user and system.",
                  in_seconds(of.cpu_seconds));
    append_metric(text, "process_start_time_seconds", "gauge", "Start of the process, in seconds since 1970.",
                  in_seconds(of.started));
    append_metric(text, "process_resident_memory_bytes", "gauge", "Memory that is resident.",
                  std::to_string(of.resident_bytes));
    append_metric(text, "process_open_fds", "gauge", "Open descriptors.",
                  std::to_string(of.open_descriptors));
    append_metric(text, "process_max_fds", "gauge", "The most descriptors that may be open.",
                  std::to_string(of.most_descriptors));
    text +=
        "# HELP kedge_build_info The version of Kedge, as a label.\n"
        "# TYPE kedge_build_info gauge\n"
        "kedge_build_info{version=\"" KEDGE_VERSION_STRING "\"} 1\n";
    return text;
}

}  // namespace kedge::transports
