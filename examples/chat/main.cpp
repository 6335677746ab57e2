// A chat with rooms, presence, pictures and delivery ticks, and a page of live figures, all served by Kedge.
//
//     example_chat [--port N] [--threads N] [--admin-user NAME --admin-hash HASH]
//                  [--redis URL --node N --nodes FOLDER]
//
// With --redis it is one of several servers behind a balancer; `script/server --cluster 3` starts them.
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
#include "nodes.hpp"
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

kedge::transports::routes pages(const kedge::server& io, const chat::membership& of, bool with_operators) {
    using namespace kedge::transports;
    routes site;
    site.at("/healthz", health());
    site.at("/readyz", readiness(io.engine()));
    site.at("/metrics", metrics(io.engine(), {io.figures()}));
    if (!of.folder.empty()) serve_nodes(site, of);
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
                                   {"redis", ""},
                                   {"node", "0"},
                                   {"nodes", ""},
                                   {"admin-user", from_environment("KEDGE_ADMIN_USER")},
                                   {"admin-hash", from_environment("KEDGE_ADMIN_HASH")}});
    const chat::membership of{given.text("redis"), given.number("node", 255), given.text("nodes")};
    const bool with_operators = given.given("admin-user") || given.given("admin-hash");
    kedge::server io({.port = given.port(),
                      .host = of.redis.empty() ? std::string() : "127.0.0.1",
                      .allow_eio3 = true,
                      .connection_state_recovery = kedge::recovery_options{},
                      .threads = given.threads(),
                      .log = kedge::log_to_stderr()});
    if (!of.redis.empty()) chat::join_nodes(io, of);
    if (with_operators)
        kedge::admin::instrument(
            io, {.auth = kedge::admin::basic_auth{given.text("admin-user"), given.text("admin-hash")}});
    chat::serve_rooms(io, of);
    chat::serve_status(io);
    io.engine().on_request(pages(io, of, with_operators));
    io.close_on_signals({.grace = 1s});
    io.reload_on_sighup();
    io.tell_systemd();
    std::cout << "listening on http://localhost:" << io.port() << std::endl;
    io.run();
} catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
