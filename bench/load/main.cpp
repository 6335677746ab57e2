// The load: clients on one thread, driven as hard as the mode asks, every answer checked. Prints one line of
// JSON.
//
//   bench_load --port N --server PID --mode echo|ack|room|broadcast|connect|churn|idle [--transport
//   websocket|polling]
//              [--tls 0|1] [--clients N] [--window N] [--size BYTES] [--publishers N] [--rate PER_SECOND]
//              [--seconds S] [--settle S] [--speaks DIALECT --path PATH]
//
// DIALECT: raw, websocket, xhr-streaming, eventsource, htmlfile, xhr or jsonp, of the SockJS service at PATH,
// or stomp on the websocket there; echo and broadcast alone.
#include <sys/resource.h>

#include <bench/common/arguments.hpp>
#include <bench/load/run.hpp>
#include <cstdio>
#include <cstdlib>

namespace {

bench::settings read(const bench::arguments& line) {
    bench::settings how;
    how.mode = line.text("mode", "echo");
    how.over = line.text("transport", "websocket") == "polling" ? bench::transport::polling
                                                                : bench::transport::websocket;
    how.where = {static_cast<int>(line.number("port", 3000)), line.number("tls", 0) != 0};
    how.server = static_cast<pid_t>(line.number("server", 0));
    how.clients = static_cast<std::size_t>(line.number("clients", 100));
    how.window = static_cast<std::size_t>(line.number("window", 1));
    how.size = static_cast<std::size_t>(line.number("size", 64));
    how.publishers = static_cast<std::size_t>(line.number("publishers", 1));
    how.speaks = line.text("speaks", "");
    how.path = line.text("path", "");
    how.rate = std::strtod(line.text("rate", "0").c_str(), nullptr);
    how.seconds = std::strtod(line.text("seconds", "2").c_str(), nullptr);
    how.settle = std::strtod(line.text("settle", "0").c_str(), nullptr);
    return how;
}

std::unique_ptr<bench::run> make(const bench::settings& how) {
    if (!how.speaks.empty()) return bench::make_ways(how);
    if (how.mode == "echo" || how.mode == "ack" || how.mode == "room") return bench::make_exchange(how);
    if (how.mode == "broadcast") return bench::make_broadcast(how);
    if (how.mode == "connect") return bench::make_connect(how);
    if (how.mode == "churn") return bench::make_churn(how);
    if (how.mode == "idle") return bench::make_idle(how);
    std::fprintf(stderr, "no such mode: %s\n", how.mode.c_str());
    std::exit(2);
}

void raise_the_limit_of_open_files() {
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

int main(int count, char** words) {
    raise_the_limit_of_open_files();
    make(read(bench::arguments(count, words)))->go();
    std::fflush(stdout);
    // The sockets close with the process: taking 10 000 clients apart one by one would be the longest part of
    // a run.
    std::_Exit(0);
}
