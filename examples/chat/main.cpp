// A chat with rooms, presence, pictures and delivery ticks, and a page of live figures, all served by Kedge.
//
//     example_chat [--port N] [--threads N] [--admin-user NAME --admin-hash HASH]
//
// With a name, and bcrypt's hash of a password (mkpasswd -m bcrypt), /operators/ is the page of operators;
// both may stand in KEDGE_ADMIN_USER and KEDGE_ADMIN_HASH as well. Old clients are welcome: open the page
// with ?client=2.

#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>

#include <kedge/admin.hpp>
#include <kedge/engine_server.hpp>
#include <kedge/routes.hpp>
#include <kedge/server.hpp>

#include "../switches.hpp"
#include "rooms.hpp"
#include "status.hpp"

using namespace std::chrono_literals;

namespace {

std::string from_environment(const char* name) {
    const char* const text = std::getenv(name);
    return text ? text : "";
}

// The page comes from its npm package, where that is installed; any other copy of it serves as well.
void serve_operators_page(kedge::transports::routes& site) {
    try {
        site.folder("/operators", kedge::transports::static_folder(KEDGE_EXAMPLE_ADMIN_UI));
    } catch (const std::invalid_argument&) {
        std::cerr << "without " << KEDGE_EXAMPLE_ADMIN_UI << " there is no /operators/\n";
    }
}

kedge::transports::routes pages(const kedge::server& io, bool with_operators) {
    using namespace kedge::transports;
    routes site;
    site.at("/healthz", health());
    site.at("/readyz", readiness(io.engine()));
    site.at("/metrics", metrics(io.engine()));
    site.folder("/", static_folder(KEDGE_EXAMPLE_PUBLIC, {.extensions = {"html"}}));
    if (with_operators) serve_operators_page(site);
    // The client of 2018 comes from its npm package, where that is installed.
    try {
        site.folder("/client2", static_folder(KEDGE_EXAMPLE_CLIENT2));
    } catch (const std::invalid_argument&) {
        std::cerr << "without " << KEDGE_EXAMPLE_CLIENT2 << " the page has no ?client=2\n";
    }
    return site;
}

}  // namespace

int main(int count, char** arguments) try {
    const example::switches given(count, arguments,
                                  {{"threads", "1"},
                                   {"admin-user", from_environment("KEDGE_ADMIN_USER")},
                                   {"admin-hash", from_environment("KEDGE_ADMIN_HASH")}});
    const bool with_operators = given.given("admin-user") || given.given("admin-hash");
    kedge::server io({.port = given.port(),
                      .allow_eio3 = true,
                      .connection_state_recovery = kedge::recovery_options{},
                      .threads = given.threads(),
                      .log = kedge::log_to_stderr()});
    if (with_operators)
        kedge::admin::instrument(
            io, {.auth = kedge::admin::basic_auth{given.text("admin-user"), given.text("admin-hash")}});
    chat::serve_rooms(io);
    chat::serve_status(io);
    io.engine().on_request(pages(io, with_operators));
    io.close_on_signals({.grace = 1s});
    std::cout << "listening on http://localhost:" << io.port() << std::endl;
    io.run();
} catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
