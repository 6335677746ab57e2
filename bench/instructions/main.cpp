// One row of what a message costs, for script/bench --instructions, which counts what happens in
// bench_serve():
//
//   bench_instructions ROW COUNT
//
// The server and its clients are one thread, so that each run does the same. Says how many allocations and
// system calls the server made.
#include <bench/instructions/calls.hpp>
#include <bench/instructions/rows.hpp>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string_view>

int main(int count, char** words) try {
    const auto& all = bench::rows();
    const auto found = count == 3 ? all.find(std::string_view(words[1])) : all.end();
    if (found == all.end()) {
        std::fprintf(stderr, "bench_instructions ROW COUNT, where ROW is one of:\n");
        for (const auto& [name, run] : all)
            std::fprintf(stderr, "  %.*s\n", static_cast<int>(name.size()), name.data());
        return 2;
    }
    found->second(static_cast<std::size_t>(std::atol(words[2])));
    std::printf("%llu allocations, %llu calls\n",
                static_cast<unsigned long long>(bench::counted_allocations()),
                static_cast<unsigned long long>(bench::system_calls()));
} catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
}
