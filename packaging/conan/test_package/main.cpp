// Whether the package compiles, links and listens.
#include <kedge/server.hpp>

int main() {
    kedge::server io;
    io.on_connection([](kedge::socket socket) { socket.on("add", [](int a, int b) { return a + b; }); });
    io.listen(0);
    const bool listens = io.port() != 0;
    io.close();
    io.run();
    return listens ? 0 : 1;
}
