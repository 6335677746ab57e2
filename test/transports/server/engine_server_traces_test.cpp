#include <doctest/doctest.h>

#include <string>

#include <test/transports/server_under_test.hpp>

namespace engine_server_traces_test {

using namespace kedge;
using namespace kedge::test;
using namespace std::string_literals;

// The conversations that were recorded from the reference server, spoken again. Where it was a Socket.IO
// server, the sessions here behave as one as far as the trace goes.

namespace {

/// Answers a CONNECT packet, and sends an event with an attachment when asked to.
void speak_socket_io(transports::session opened) {
    if (opened.protocol() == 3) opened.send("0");
    opened.on_message([opened](const transports::received_message& message, const engine::request*) {
        if (message.data == "0") opened.send(R"(0{"sid":"sDLE"})");
        if (message.data == R"(2["echo","héllo €😀"])") opened.send(message.data);
        if (message.data.starts_with("51-")) opened.send(message.data);
        if (message.binary()) opened.send(std::as_bytes(std::span(message.data)));
        if (message.data == R"(2["several"])") {
            opened.send(R"(51-["a",{"_placeholder":true,"num":0}])");
            opened.send(std::as_bytes(std::span("\x01\x02", 2)));
            opened.send(R"(2["b","x"])");
        }
        if (message.data == R"(2["hello"])") opened.send(R"(2["hello"])");
    });
}

transports::server_options as_socket_io() {
    transports::server_options options = with_eio3();
    options.path = "/socket.io";
    return options;
}

}  // namespace

TEST_CASE("trace: revision 4 polling, then the upgrade") {
    server_under_test on(as_socket_io());
    on.greet = speak_socket_io;
    raw_client polls = on.connect();
    raw_client posts = on.connect();
    const answer opening = polls.get("/socket.io/?EIO=4&transport=polling&t=abc");
    const std::string sid = sid_in(opening.body);
    CHECK(opening.status == 200);
    CHECK(opening.body == "0{\"sid\":\"" + sid +
                              "\",\"upgrades\":[\"websocket\"],\"pingInterval\":25000,\"pingTimeout\":20000,"
                              "\"maxPayload\":1000000}");
    const std::string address = "/socket.io/?EIO=4&transport=polling&t=abd&sid=" + sid;
    const answer posted = posts.post(address, "40", "Content-type: text/plain;charset=UTF-8\r\n");
    CHECK(posted.status == 200);
    CHECK(posted.body == "ok");
    const answer connected = polls.get(address);
    CHECK(connected.status == 200);
    CHECK(connected.body == R"(40{"sid":"sDLE"})");
    polls.send(raw_client::head("GET", address));
    raw_client socket = on.connect();
    CHECK(socket.upgrade("/socket.io/?EIO=4&transport=websocket&sid=" + sid).status == 101);
    CHECK(socket.quiet());
    socket.send_text("2probe");
    CHECK(socket.read_frame().raw == "\x81\x06"s + "3probe");
    const answer freed = polls.read_answer();
    CHECK(freed.status == 200);
    CHECK(freed.body == "6");
    socket.send_text("5");
    socket.send_text(R"(42["hello"])");
    CHECK(socket.read_text() == R"(42["hello"])");
}

TEST_CASE("trace: several packets in one poll") {
    server_under_test on;
    on.greet = speak_socket_io;
    polling_client client(on);
    CHECK(client.post(R"(42["several"])").body == "ok");
    CHECK(client.poll().body ==
          "451-[\"a\",{\"_placeholder\":true,\"num\":0}]\x1e"
          "bAQI=\x1e"
          "42[\"b\",\"x\"]");
    client.begin_poll();  // the same when the poll is parked
    CHECK(client.post(R"(42["several"])").body == "ok");
    CHECK(client.end_poll().body ==
          "451-[\"a\",{\"_placeholder\":true,\"num\":0}]\x1e"
          "bAQI=\x1e"
          "42[\"b\",\"x\"]");
}

TEST_CASE("trace: a server's disconnect without a pending poll") {
    server_under_test on;
    polling_client client(on);
    transports::session session = on.session(client.sid);
    session.send("1");
    session.close();
    CHECK(client.poll().body == "41");
    CHECK(client.poll().body ==
          "6\x1e"
          "1");
    const answer after = client.poll();
    CHECK(after.status == 400);
    CHECK(after.body == R"({"code":1,"message":"Session ID unknown"})");
}

TEST_CASE("trace: revision 3 polling") {
    server_under_test on;
    on.greet = speak_socket_io;
    polling_client client(on, "/engine.io/?EIO=3&transport=polling&b64=1");
    CHECK(client.opening.body.starts_with("118:0{"));
    CHECK(client.poll().body == "2:40");
    CHECK(client.post(R"(22:42["echo","héllo €😀"])").body == "ok");
    CHECK(client.poll().body == R"(22:42["echo","héllo €😀"])");
    CHECK(client.post("1:2").body == "ok");
    CHECK(client.poll().body == "1:3");
    CHECK(client.post(R"(42:451-["echo",{"_placeholder":true,"num":0}]6:b4AQID)").body == "ok");
    CHECK(client.poll().body == R"(42:451-["echo",{"_placeholder":true,"num":0}]6:b4AQID)");
}

TEST_CASE("trace: revision 3 binary payload") {
    server_under_test on;
    on.greet = speak_socket_io;
    polling_client client(on, v3_polling);
    CHECK(client.poll().body == "2:40");
    const std::string body = "\0\x04\x07\xff"s + R"(451-["echo",{"_placeholder":true,"num":0},"é"])" +
                             "\x01\x04\xff\x04\x01\x02\x03"s;
    CHECK(client.post(body, "Content-Type: application/octet-stream\r\n").body == "ok");
    CHECK(client.poll().body == body);
}

TEST_CASE("trace: revision 3 websocket") {
    server_under_test on;
    on.greet = speak_socket_io;
    websocket_client client(on, v3_websocket);
    CHECK(client.opening.starts_with("0{"));
    CHECK(client.read_text() == "40");
    client.send_text("2");
    CHECK(client.read_text() == "3");
    client.send_text(R"(451-["echo",{"_placeholder":true,"num":0}])");
    client.send_binary("\x04\x09\x08");
    CHECK(client.read_text() == R"(451-["echo",{"_placeholder":true,"num":0}])");
    CHECK(client.read_frame().raw == "\x82\x03\x04\x09\x08"s);
}

}  // namespace engine_server_traces_test
