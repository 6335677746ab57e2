// STOMP clients before a broker that there is, such as RabbitMQ: /topic, /queue, /exchange and /amq/queue are
// the broker's, whom clients come to as who they say they are (or as guest); /app/add adds two numbers and
// answers on /user/queue/add, /app/tell sends to all devices of a user, /app/work puts jobs on the broker's
// queue /queue/jobs. By websocket at /stomp, and by SockJS below /stomp-sockjs.
//
//     example_stomp_relay [--port N] [--broker-host H] [--broker-port N] [--broker-ca FILE]
//
// With a file of who signs its certificate, the broker is spoken to over TLS.

#include <iostream>
#include <string>

#include <kedge/server.hpp>
#include <kedge/sockjs.hpp>
#include <kedge/stomp.hpp>

#include "../switches.hpp"

namespace {

kedge::stomp::relay_login login_of(const kedge::stomp::client& who) {
    if (who.user().empty()) return {"guest", "guest"};
    return {who.user(), std::string(who.header("passcode"))};
}

kedge::stomp::relay_options broker(const example::switches& given) {
    kedge::stomp::relay_options chosen{
        .host = given.text("broker-host"), .port = given.port("broker-port"), .login_of = login_of};
    if (given.given("broker-ca")) chosen.tls.emplace().ca_file = given.text("broker-ca");
    return chosen;
}

}  // namespace

int main(int count, char** arguments) {
    const example::switches given(
        count, arguments, {{"broker-host", "127.0.0.1"}, {"broker-port", "61613"}, {"broker-ca", ""}});
    kedge::server io({.threads = 2, .log = [](const kedge::log_record& line) {
                          if (line.event.starts_with("STOMP")) std::cerr << line.event << '\n';
                      }});

    kedge::stomp::relay stomp(io, "/stomp", broker(given));
    stomp.on_connect([](const kedge::stomp::connect_request& who) { who.accept(std::string(who.login())); });
    stomp.on_send("/app/add", [](int a, int b) { return a + b; });
    stomp.on_send("/app/tell", [&stomp](kedge::stomp::client from, std::string user, std::string text) {
        stomp.to_user(user, "/queue/news", from.user(), text);
    });
    stomp.on_send("/app/work", [&stomp](int jobs) {
        for (int job = 1; job <= jobs; ++job) stomp.to_queue("/queue/jobs", job);
    });
    kedge::sockjs::front sockjs("/stomp-sockjs");
    stomp.over(sockjs);
    sockjs.attach(io.engine());
    stomp.attach(io.engine());

    io.listen(given.port());
    example::say_where(io.port());
    io.close_on_signals();
    io.run();
    return 0;
}
