// Every allocation of a Socket.IO server fails in turn, from the handshake of a client to the last word of
// its sockets: events, acks, rooms, broadcasts, namespaces, middlewares, binary, recovery.
#include <chrono>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include <test/faults/fault_stage.hpp>
#include <test/faults/trial.hpp>

#include <kedge/pattern.hpp>
#include <kedge/server.hpp>

namespace socketio_allocations_test {

namespace {

using namespace kedge;
using namespace kedge::test;

constexpr std::string_view websocket = "/socket.io/?EIO=4&transport=websocket";
constexpr std::string_view polling = "/socket.io/?EIO=4&transport=polling";
constexpr std::string_view old_websocket = "/socket.io/?EIO=3&transport=websocket";

server_options options() {
    server_options given;
    given.allow_eio3 = true;
    given.connection_state_recovery.emplace();
    given.cleanup_empty_child_namespaces = true;
    given.log = [](const log_record&) {};
    given.log_threshold = log_level::debug;
    return given;
}

void talk(const nsp& all, const kedge::socket& one) {
    one.on("echo", [](const value& said) { return said; });
    one.on("join", [one](const std::string& room) { one.join(room); });
    one.on("leave", [one](const std::string& room) { one.leave(room); });
    one.on("shout", [one](const std::string& room, const std::string& what) {
        one.to(room).emit("shouted", what, std::string(40, '.'));
    });
    one.on("all", [all](const value& what) { all.emit("told", what); });
    one.on("question", [one] {
        one.timeout(std::chrono::milliseconds(5000)).emit("question", [](const ack_error&, const value&) {});
    });
    one.on("poll", [all] {
        all.timeout(std::chrono::milliseconds(5000))
            .emit("poll", [](const ack_error&, const std::vector<value>&) {});
    });
    one.on("bytes", [one](const std::vector<std::byte>& data) { one.emit("bytes", binary(data)); });
    one.on("note", [one](const std::string& text) { one.data("note", text); });
    one.on("later", [one] { one.after(std::chrono::milliseconds(10), [one] { one.emit("later"); }); });
    one.on("bye", [one](bool close) { one.disconnect(close); });
    one.on("throw", [] { throw std::runtime_error("careless"); });
    one.use([](event& passing, const next& go_on) {
        passing.name == "refused" ? go_on(connect_error("not this")) : go_on();
    });
    one.on_any([](std::string_view, const arguments&) {});
    one.on_any_outgoing([](std::string_view, const arguments&) {});
    one.on_disconnecting([one](disconnect_reason) { one.rooms(); });
    one.on_disconnect([](disconnect_reason, std::string_view) {});
    one.on_error([](const socket_error&) {});
}

struct talking_server {
    talking_server() : io(context, options()) {
        serve(io);
        serve(io.of("/chat"));
        serve(io.of("/quiet"));
        serve(io.of(pattern("^/room-\\d+$")));
        io.use([](const kedge::socket& one, const next& go_on) {
            one.handshake().auth["refuse"].is_boolean() ? go_on(connect_error("no", value("because")))
                                                        : go_on();
        });
    }
    static void serve(const nsp& one) {
        one.on_connection([one](const kedge::socket& entered) { talk(one, entered); });
        one.on_event("from anybody", [](const kedge::socket&, const value&) {});
    }

    const transports::kernel table = with_hand_turned_clock();
    const transports::kernel_override clock{table};
    boost::asio::io_context context;
    server io;
};

std::string event(std::string_view arguments) {
    return text_frame(std::string("42[").append(arguments).append("]"));
}

void chat(fault_stage& on) {
    far_end one = on.connect();
    far_end other = on.connect();
    for (far_end* each : {&one, &other}) {
        on.ask(*each, upgrade(websocket));
        on.ask(*each, text_frame("40{\"token\":\"a token that does not fit into the string itself\"}"));
        on.ask(*each, event("\"join\",\"a room with a name that is rather long\""));
    }
    on.ask(one, event("\"shout\",\"a room with a name that is rather long\",\"hello\""));
    on.ask(one, event("\"all\",{\"a\":[1,2,{\"b\":\"a text that does not fit into the string itself\"}]}"));
    on.ask(one, text_frame("4217[\"echo\",{\"a\":[1,2,3]}]"));
    on.ask(one, event("\"question\"") + text_frame("430[\"an answer\"]"));
    on.ask(one, event("\"poll\"") + text_frame("431[\"an answer\"]"));
    on.ask(other, text_frame("430[\"another\"]"));
    on.ask(one, text_frame("451-[\"bytes\",{\"_placeholder\":true,\"num\":0}]") + binary_frame("\1\2\3"));
    on.ask(one, event("\"note\",\"a note that does not fit into the string itself\""));
    on.ask(one, event("\"refused\"") + event("\"throw\"") + event("\"join\",5") + event("\"unheard\",[]"));
    on.ask(one, event("\"later\"") + event("\"from anybody\",1"));
    on.pass(engine::duration{50});
    on.ask(one, event("\"leave\",\"a room with a name that is rather long\""));
    on.ask(other, event("\"bye\",true"));
    one.close();
    on.turn();
}

void visit_namespaces(fault_stage& on) {
    far_end client = on.connect();
    on.ask(client, upgrade(websocket));
    on.ask(client, text_frame("40/chat,{\"a\":1}") + text_frame("42/chat,[\"join\",\"x\"]"));
    on.ask(client, text_frame("40/room-7,"));
    on.ask(client, text_frame("40/room-8,") + text_frame("42/room-8,1[\"echo\",1]"));
    on.ask(client, text_frame("40/nowhere,"));
    on.ask(client, text_frame("40{\"refuse\":true}"));
    on.ask(client, text_frame("42/chat,[\"all\",1]"));
    on.ask(client, text_frame("41/chat,") + text_frame("41/room-7,"));
    on.ask(client, text_frame("42/room-8,[\"bye\",false]"));
    on.ask(client, text_frame("40/chat,"));
    on.ask(client, text_frame("4not a packet"));
}

void poll_and_upgrade(fault_stage& on) {
    far_end polls = on.connect();
    far_end posts = on.connect();
    const std::string sid = sid_of(on.ask(polls, get(polling)));
    const std::string address = std::string(polling) + "&sid=" + sid;
    on.ask(posts, post(address, "40"));
    on.ask(polls, get(address));
    on.ask(posts, post(address,
                       "42[\"join\",\"x\"]\x1e"
                       "42[\"all\",1]\x1e"
                       "423[\"echo\",2]"));
    on.ask(polls, get(address));
    on.ask(polls, get(address));
    far_end probe = on.connect();
    on.ask(probe, upgrade(std::string(websocket) + "&sid=" + sid));
    on.ask(probe, text_frame("2probe"));
    on.ask(probe, text_frame("5") + event("\"echo\",1"));
    on.ask(probe, text_frame("41"));
}

void come_back(fault_stage& on) {
    far_end client = on.connect();
    on.ask(client, upgrade(websocket));
    const std::string opened = on.ask(client, text_frame("40"));
    const std::size_t at = opened.find("pid\":\"");
    const std::string pid = at == std::string::npos ? "none" : opened.substr(at + 6, 20);
    on.ask(client, event("\"join\",\"x\""));
    const std::string told = on.ask(client, event("\"all\",1"));
    const std::size_t offset_at = told.rfind(",\"");
    const std::string offset = offset_at == std::string::npos ? "none" : told.substr(offset_at + 2, 20);
    client.close();
    on.turn();
    far_end again = on.connect();
    on.ask(again, upgrade(websocket));
    on.ask(again, text_frame("40{\"pid\":\"" + pid + "\",\"offset\":\"" + offset + "\"}"));
    on.ask(again, event("\"all\",2"));
}

void talk_to_the_old(fault_stage& on) {
    far_end client = on.connect();
    on.ask(client, upgrade(old_websocket));
    on.ask(client, text_frame("40/chat?token=a%20token,"));
    on.ask(client, text_frame("42/chat,1[\"echo\",1]") + event("\"join\",\"x\""));
    on.ask(client, event("\"all\",1") + text_frame("2"));
    on.ask(client, text_frame("41"));
}

std::size_t rooms_of(const nsp& where) {
    return where.room_list().size();
}

std::uint64_t fail_each(void (*hold)(fault_stage&), failing how) {
    talking_server made;
    fault_stage on(made.context, made.io.engine());
    const auto look = [&made] {
        for (const nsp& each : {made.io.of("/"), made.io.of("/chat")}) {
            REQUIRE(each.sockets().empty());
            REQUIRE(rooms_of(each) == 0);
        }
        REQUIRE(made.io.of("/quiet").sockets().size() == 1);
    };
    trial all(on, made.io.engine(),
              {.target = websocket,
               .entry = "40/quiet,",
               .lives = &fault_witness::is_acknowledged,
               .patience = std::chrono::minutes{1},
               .look = look});
    return fail_each_allocation(all, on, hold, how);
}

struct named_conversation {
    std::string name;
    void (*hold)(fault_stage&);
};
const std::vector<named_conversation> all_conversations{
    {"chat", chat},          {"namespaces", visit_namespaces}, {"polling and upgrade", poll_and_upgrade},
    {"recovery", come_back}, {"revision 3", talk_to_the_old},
};

}  // namespace

TEST_CASE("one allocation of a Socket.IO server fails, whichever it is: nobody else notices") {
    for (const auto& each : all_conversations) {
        CAPTURE(each.name);
        CHECK(fail_each(each.hold, failing::once) > 20);
    }
}

TEST_CASE(
    "all allocations of a Socket.IO server fail from one on, whichever it is: nothing is left of who talked, "
    "and nobody else notices") {
    for (const failing how : {failing::to_the_end_of_the_turn, failing::from_then_on})
        for (const auto& each : all_conversations) {
            CAPTURE(each.name);
            CHECK(fail_each(each.hold, how) > 20);
        }
}

TEST_CASE("an answer that another thread gives without any memory is heard") {
    talking_server made;
    std::optional<next> waiting;
    made.io.of("/late").use([&](const kedge::socket&, const next& go_on) { waiting = go_on; });
    fault_stage on(made.context, made.io.engine());
    far_end client = on.connect();
    on.ask(client, upgrade(websocket));
    for (int round = 0; round < 100; ++round) {
        CAPTURE(round);
        CHECK(on.ask(client, text_frame("40/late,")).empty());
        REQUIRE(waiting);
        std::thread([&] {
            const failing_allocations none(1, failing::from_then_on);
            const exposed here;
            (*waiting)();
        }).join();
        CHECK(on.hear(client).find("40/late,{") != std::string::npos);
        on.ask(client, text_frame("41/late,"));
    }
}

}  // namespace socketio_allocations_test
