#include <kedge/transports/pages/client_bundles.hpp>

#include <doctest/doctest.h>

#include <string>

#include <test/transports/server_under_test.hpp>

namespace client_bundles_test {

using namespace kedge;
using namespace kedge::test;

namespace {

transports::server_options with_files(transports::server_options options = {}) {
    options.serve_client = true;
    return options;
}

engine::request request_for(std::string_view target, bool upgrade = false) {
    return engine::request("GET", target, 1, {}, {}, upgrade);
}

}  // namespace

TEST_CASE("client bundles: eight names below the path, and nothing else") {
    const transports::bundle_server files("/socket.io");
    const auto knows = [&](std::string_view target) { return files.knows(request_for(target)); };
    for (const char* const kind :
         {"socket.io", "socket.io.min", "socket.io.esm.min", "socket.io.msgpack.min"}) {
        const std::string name = std::string("/socket.io/") + kind + ".js";
        CHECK(knows(name));
        CHECK(knows(name + ".map?v=4"));
    }
    CHECK_FALSE(knows("/socket.io/"));
    CHECK_FALSE(knows("/socket.io/?EIO=4&transport=polling&x=/socket.io.js"));
    CHECK_FALSE(knows("/socket.io/socket.io.mjs"));
    CHECK_FALSE(knows("/socket.io/x/socket.io.js"));
    CHECK_FALSE(knows("/other.io/socket.io.js"));
    CHECK_FALSE(knows("/socket.i"));
    CHECK_FALSE(knows("/socket.io.socket.io.js"));
    CHECK_FALSE(knows("/socket.io"));
    CHECK_FALSE(knows("/socket.io?EIO=4&transport=polling"));
    CHECK_FALSE(files.knows(request_for("/socket.io/socket.io.js", true)));
}

TEST_CASE("client bundles: served by the option only") {
    server_under_test plain;
    CHECK(plain.connect().get("/engine.io/socket.io.js").status == 400);
    server_under_test on(with_files());
    const answer got = on.connect().get("/engine.io/socket.io.js");
    CHECK(got.status == (transports::client_bundles().empty() ? 404 : 200));
    CHECK(on.connect().get("/socket.io.js").status == 404);
}

TEST_CASE("client bundles: beside a path without a trailing slash") {
    transports::server_options options = with_files();
    options.add_trailing_slash = false;
    server_under_test on(std::move(options));
    CHECK(on.connect().get("/engine.io?EIO=4&transport=polling").status == 200);
    CHECK(on.connect().get("/engine.io").status == 400);
}

TEST_CASE("client bundles: behind CORS, before middlewares") {
    transports::server_options options = with_files();
    options.cors.emplace();
    bool asked = false;
    options.middlewares.emplace_back([&](const transports::exchange&, const transports::next_step& go_on) {
        asked = true;
        go_on();
    });
    server_under_test on(std::move(options));
    CHECK(on.connect().get("/engine.io/socket.io.js").header("access-control-allow-origin") == "*");
    CHECK_FALSE(asked);
}

}  // namespace client_bundles_test
