// The MessagePack parser: packets are binary and smaller, and dates and binaries keep their types. The
// client:
//
//     const socket = io(url, { parser: require("socket.io-msgpack-parser") });
//
//     example_msgpack [--port N]

#include <cstddef>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include <kedge/msgpack.hpp>
#include <kedge/server.hpp>

#include "../switches.hpp"

namespace {

struct reading {
    std::string sensor;
    double celsius = 0;
    std::vector<std::byte> raw;
};

}  // namespace

/// How a reading is read and written: as an object.
template <>
struct kedge::json<reading> {
    static constexpr auto fields =
        kedge::fields(kedge::field("sensor", &reading::sensor), kedge::field("celsius", &reading::celsius),
                      kedge::field("raw", &reading::raw));
};

int main(int count, char** arguments) try {
    kedge::server io({.port = example::switches(count, arguments).port(), .parser = kedge::msgpack_parser()});
    io.on_connection([](const kedge::socket& socket) {
        socket.on("reading", [socket](reading got) {
            got.celsius += 0.5;
            socket.broadcast().emit("reading", got);
            return got;
        });
        // Whatever it is, it comes back as it came.
        socket.on("echo", [](kedge::arguments all) { return all; });
    });
    io.close_on_signals();
    example::say_where(io.port());
    io.run();
} catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
