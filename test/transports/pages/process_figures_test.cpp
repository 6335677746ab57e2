#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <kedge/transports/pages/process_figures.hpp>

namespace process_figures_test {

using kedge::transports::process_figures;
using kedge::transports::prometheus_text;
using kedge::transports::read_process_figures;

TEST_CASE("the figures of a process bear the names that Prometheus' libraries give them") {
    const std::string text = prometheus_text(process_figures{.cpu_seconds = 1.5,
                                                             .started = 1700000000.25,
                                                             .resident_bytes = 4096,
                                                             .open_descriptors = 7,
                                                             .most_descriptors = 1024});
    for (const char* const line :
         {"\nprocess_cpu_seconds_total 1.500\n", "\nprocess_start_time_seconds 1700000000.250\n",
          "\nprocess_resident_memory_bytes 4096\n", "\nprocess_open_fds 7\n", "\nprocess_max_fds 1024\n",
          "\n# TYPE process_cpu_seconds_total counter\n"}) {
        CAPTURE(line);
        CHECK(text.find(line) != std::string::npos);
    }
    CHECK(text.find("kedge_build_info{version=\"") != std::string::npos);
}

TEST_CASE("a process finds its own descriptors, limits, memory and age") {
    const process_figures before = read_process_figures();
    const int one = ::open("/dev/null", O_RDONLY);
    const int another = ::open("/dev/null", O_RDONLY);
    const process_figures with_two = read_process_figures();
    ::close(one);
    ::close(another);
    CHECK(with_two.open_descriptors == before.open_descriptors + 2);

    rlimit limit{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &limit) == 0);
    CHECK(before.most_descriptors == limit.rlim_cur);

    const double now =
        std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
    CHECK(before.started < now + 2);  // the machine's start is told in whole seconds
    CHECK(before.started > now - 3600);
    CHECK(before.cpu_seconds > 0);
    CHECK(with_two.cpu_seconds >= before.cpu_seconds);
}

TEST_CASE("memory that is used is resident") {
    const process_figures before = read_process_figures();
    const std::vector<char> used(64 << 20, 'x');
    const process_figures after = read_process_figures();
    CHECK(after.resident_bytes >= before.resident_bytes + (used.size() >> 1));
}

}  // namespace process_figures_test
