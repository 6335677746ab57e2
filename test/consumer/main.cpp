// A program of somebody who uses Kedge, built in every way that one can get at the library, with headers of
// its own that have the names of the library's. It serves one event on a free port, and says hello to itself
// by leaving again.
#include <cstdio>
#include <engine/options.hpp>
#include <kedge/server.hpp>
#include <socketio/value.hpp>
#include <string>
#include <transports/stream.hpp>

int main() {
    static_assert(own::options{}.retries + own::value{}.amount + own::stream{}.depth == 12);
    kedge::server io;
    io.on_connection([](kedge::socket socket) { socket.on("add", [](int a, int b) { return a + b; }); });
    io.listen(0);
    std::printf("listening on %d\n", static_cast<int>(io.port()));
    io.close();
    io.run();
    return 0;
}
