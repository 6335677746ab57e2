#include <kedge/admin.hpp>

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>

#include <kedge/server.hpp>

#include "passwords.hpp"

namespace instrument_test {

using namespace kedge;
using namespace std::chrono_literals;
using kedge::testing::cheap_hash;

TEST_CASE("options that make no sense are refused when the server is made") {
    server io({.port = 0, .host = "127.0.0.1"});
    CHECK_THROWS_AS(admin::instrument(io, {.auth = admin::basic_auth{"ada", "secret"}}),
                    std::invalid_argument);
    CHECK_THROWS_AS(admin::instrument(io, {.auth = admin::basic_auth{"", std::string(cheap_hash)}}),
                    std::invalid_argument);
    CHECK_THROWS_AS(admin::instrument(io, {.auth = admin::no_auth{}, .namespace_name = "/"}),
                    std::invalid_argument);
    CHECK_THROWS_AS(admin::instrument(io, {.auth = admin::no_auth{}, .namespace_name = ""}),
                    std::invalid_argument);
}

TEST_CASE("mt: nothing of it outlives its server, whatever it watches") {
    for (const unsigned threads : {1U, 3U}) {
        server io({.port = 0, .host = "127.0.0.1", .threads = threads});
        (void)io.of("/before");
        admin::instrument(io, {.auth = admin::basic_auth{"ada", std::string(cheap_hash)}});
        (void)io.of("/behind");
        CHECK(io.all_namespaces().size() == 4);
        io.after(2500ms, [&] { io.close(); });
        io.run();
    }
}

}  // namespace instrument_test
