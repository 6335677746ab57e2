// One of any number of servers that are one chat, over a Redis that they share. Any balancer may send any
// request to any server: they pass on to each other what belongs elsewhere. With recovery, clients return to
// another server and miss nothing. `examples/cluster/start` runs three of them with Redis and nginx on this
// machine.
//
//     example_cluster [--port N] [--redis URL] [--name NAME] [--address HOST:PORT] [--secret TEXT]

#include <string>
#include <string_view>
#include <vector>

#include <kedge/cluster.hpp>
#include <kedge/server.hpp>

#include "../switches.hpp"

namespace {

void say_goodbye_and_hello(const kedge::socket& socket, const std::string& server) {
    socket.emit("welcome", server, socket.recovered());
    if (!socket.recovered()) socket.broadcast().emit("came", socket.id(), server);
    socket.on_disconnect([socket](kedge::disconnect_reason) { socket.nsp().emit("went", socket.id()); });
}

}  // namespace

int main(int count, char** arguments) {
    const example::switches given(count, arguments,
                                  {{"name", "somewhere"},
                                   {"redis", "redis://localhost"},
                                   {"address", "127.0.0.1:0"},  // where the other servers reach this one
                                   {"secret", "an example's, and no secret"}});
    const std::string& server = given.text("name");
    kedge::server_options options;
    options.port = given.port();
    options.host = "127.0.0.1";
    options.connection_state_recovery = kedge::recovery_options{};
    kedge::server io(options);
    kedge::redis_streams_adapter_options fleet;
    fleet.url = given.text("redis");
    io.use_adapter(kedge::redis_streams_adapter(fleet));
    kedge::join_fleet(
        io, {.url = given.text("redis"), .address = given.text("address"), .secret = given.text("secret")});

    io.on_connection([server](const kedge::socket& socket) {
        say_goodbye_and_hello(socket, server);
        socket.on("say", [socket](std::string text) { socket.nsp().emit("said", socket.id(), text); });
        socket.on("who is there", [socket](kedge::ack answer) {
            socket.nsp().fetch_sockets().then(
                [answer](kedge::ack_error, const std::vector<kedge::remote_socket>& all) {
                    std::vector<std::string> ids;
                    ids.reserve(all.size());
                    for (const auto& each : all) ids.push_back(each.id());
                    answer(ids);
                });
        });
    });

    io.close_on_signals();
    example::say_where(io.port());
    io.run();
}
