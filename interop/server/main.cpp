// The server program of the harness; see interop/README.md for its switches.
#include <exception>
#include <iostream>
#include <string_view>

#include <kedge/admin.hpp>
#include <kedge/engine_server.hpp>
#include <kedge/msgpack.hpp>
#include <kedge/routes.hpp>
#include <kedge/server.hpp>
#include <kedge/sockjs.hpp>
#include <kedge/stomp.hpp>

#include "app.hpp"
#include "fleet.hpp"
#include "switches.hpp"

using namespace std::chrono_literals;

namespace {

kedge::server_options socketio_options(const interop::switches& given) {
    kedge::server_options options{.port = given.port, .host = "127.0.0.1"};
    options.cors = kedge::cors_options{.origin = true, .credentials = true};
    options.allow_eio3 = given.app || given.eio3;
    options.ping_interval = given.ping_interval.value_or(given.app ? 25'000ms : 300ms);
    options.ping_timeout = given.ping_timeout.value_or(given.app ? 20'000ms : 200ms);
    options.connect_timeout = given.connect_timeout.value_or(45'000ms);
    options.max_http_buffer_size = given.max_buffer.value_or(1'000'000);
    options.threads = given.threads;
    if (given.recovery) options.connection_state_recovery = kedge::recovery_options{};
    if (given.msgpack) options.parser = kedge::msgpack_parser();
    if (!given.tls_cert.empty())
        options.tls =
            kedge::tls_options{.certificate = {.chain_file = given.tls_cert, .key_file = given.tls_key}};
    return options;
}

void welcome_operators(kedge::server& io, const interop::switches& given) {
    using kedge::admin::mode;
    kedge::admin::instrument(
        io, {.auth = kedge::admin::basic_auth{"ada", given.admin},
             .readonly = given.admin_readonly,
             .server_id = given.node,
             .mode = given.admin_mode == "production" ? mode::production : mode::development});
}

void announce(std::string_view scheme, unsigned port) {
    std::cout << "listening on " << scheme << "://127.0.0.1:" << port << std::endl;
}

void serve_files(kedge::server& io, const std::string& folder) {
    kedge::transports::routes site;
    site.folder("/files", kedge::transports::static_folder(folder));
    io.engine().on_request(site);
}

void serve_socketio(const interop::switches& given) {
    kedge::server io(socketio_options(given));
    if (!given.redis.empty() || !given.sentinels.empty() || !given.redis_nodes.empty())
        interop::join_fleet(io, given);
    if (!given.fleet_address.empty()) interop::pass_on(io, given);
    if (!given.admin.empty()) welcome_operators(io, given);
    if (!given.folder.empty()) serve_files(io, given.folder);
    given.app ? interop::serve_app(io) : interop::serve_suite(io);
    kedge::sockjs::front echo("/sockjs-echo"), stomp_over("/stomp-sockjs");
    echo.on_connection([](const kedge::sockjs::client& who) {
        who.on_message([who](std::string_view text) { who.send(text); });
    });
    kedge::stomp::broker stomp(io, "/stomp");
    stomp.over(stomp_over);
    for (const auto* each : {&echo, &stomp_over}) each->attach(io.engine());
    stomp.attach(io.engine());
    io.close_on_signals({.grace = 500ms});
    announce(given.tls_cert.empty() ? "http" : "https", io.port());
    io.run();
}

void serve_engine(const interop::switches& given) {
    using namespace kedge::transports;
    server_options options;
    options.engine.ping_interval = given.ping_interval.value_or(300ms);
    options.engine.ping_timeout = given.ping_timeout.value_or(200ms);
    options.engine.max_http_buffer_size = given.max_buffer.value_or(1'000'000);
    options.engine.allow_eio3 = given.eio3;
    options.cors = cors_options{.origin = true, .credentials = true};
    options.threads = given.threads;
    engine_server server(options);
    server.on_connection([](const session& opened) {
        opened.on_message([opened](const received_message& message, const kedge::engine::request*) {
            message.binary() ? opened.send(std::as_bytes(std::span(message.data)))
                             : opened.send(message.data);
        });
    });
    listen_address where;
    where.host = "127.0.0.1";
    where.port = given.port;
    server.listen(where);
    announce("http", server.port());
    server.run();
}

}  // namespace

int main(int count, char** arguments) try {
    const auto given = interop::parse(count, arguments);
    given.engine ? serve_engine(given) : serve_socketio(given);
} catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
