// Every allocation of a server fails in turn while clients of all kinds talk to it: it costs the session that
// it was made for, never another one, and never the process.
#include <chrono>
#include <stdexcept>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <test/faults/fault_stage.hpp>
#include <test/faults/trial.hpp>

namespace engine_allocations_test {

namespace {

using namespace kedge;
using namespace kedge::test;
using std::chrono::minutes;

constexpr std::string_view polling = "/engine.io/?EIO=4&transport=polling";
constexpr std::string_view polling_v3 = "/engine.io/?EIO=3&transport=polling";
constexpr std::string_view websocket = "/engine.io/?EIO=4&transport=websocket";

std::string with_sid(std::string_view target, const std::string& sid) {
    return std::string(target) + "&sid=" + sid;
}

/// More packets than are taken in a turn, of which none is answered.
std::string pongs() {
    std::string body = "3";
    for (int i = 0; i < 1200; ++i)
        body.append(
            "\x1e"
            "3");
    return body;
}

/// Echoes, and does what some messages ask for.
void serve(transports::session opened) {
    opened.on_message([opened](const transports::received_message& message, const engine::request*) {
        if (message.binary()) return opened.send(std::as_bytes(std::span(message.data)), [] {});
        if (message.data == "close") return opened.close();
        if (message.data == "discard") return opened.close(true);
        if (message.data == "throw") throw std::runtime_error("careless");
        opened.send(message.data, [] {});
        if (message.data == "much") opened.send(std::string(6000, 'x'));
    });
    opened.on_upgrade([] {});
    opened.on_close([](engine::close_reason, std::string_view) {});
}

void talk_by_websocket(fault_stage& on) {
    far_end client = on.connect();
    on.ask(client, upgrade(websocket, "Sec-WebSocket-Extensions: permessage-deflate\r\n"));
    on.ask(client, text_frame("4hello"));
    on.ask(client, text_frame("4much"));
    on.ask(client, binary_frame("\1\2\3"));
    on.ask(client, raw_client::masked_frame(0x01, "4fr") + raw_client::masked_frame(0x80, "agments"));
    on.ask(client, raw_client::masked_frame(0x89, "ping") + text_frame("4throw") + text_frame("4after it"));
    on.ask(client, raw_client::masked_frame(0x88, "\x03\xe8"));
}

void close_by_websocket(fault_stage& on) {
    for (const std::string_view last : {"4close", "4discard", "not a packet", "2probe"}) {
        far_end client = on.connect();
        on.ask(client, upgrade(websocket) + text_frame("4early"));
        on.ask(client, text_frame(last));
    }
    far_end wrong = on.connect();
    on.ask(wrong, upgrade(websocket));
    on.ask(wrong, raw_client::masked_frame(0xf1, "reserved bits"));
}

void talk_by_polling(fault_stage& on) {
    far_end polls = on.connect();
    far_end posts = on.connect();
    const std::string address = with_sid(polling, sid_of(on.ask(polls, get(polling))));
    on.ask(polls, get(address, "Accept-Encoding: gzip\r\n"));
    on.ask(posts, post(address,
                       "4one\x1e"
                       "4much\x1e"
                       "bAQID\x1e"
                       "4throw"));
    on.ask(polls, get(address, "Accept-Encoding: gzip\r\n") + get(address));
    on.ask(posts, post(address, "4two", "Expect: 100-continue\r\n"));
    on.ask(polls, get(address));
    on.ask(posts, post(address, pongs()));
    on.ask(posts, post(address, "1"));
}

void close_by_polling(fault_stage& on) {
    for (const std::string_view last : {"4close", "4discard", "garbage"}) {
        far_end polls = on.connect();
        far_end posts = on.connect();
        const std::string address = with_sid(polling, sid_of(on.ask(polls, get(polling))));
        on.ask(posts, post(address, last));
        on.ask(polls, get(address));
    }
    far_end polls = on.connect();
    far_end other = on.connect();
    const std::string address = with_sid(polling, sid_of(on.ask(polls, get(polling))));
    on.ask(polls, get(address));
    on.ask(other, get(address));  // overlaps
}

void talk_to_the_old(fault_stage& on) {
    far_end polls = on.connect();
    far_end posts = on.connect();
    std::string address = with_sid(polling_v3, sid_of(on.ask(polls, get(polling_v3))));
    on.ask(posts, post(address, "4:4one6:bBAQID"));
    on.ask(polls, get(address));
    on.ask(posts, post(address,
                       std::string("\0\4\xff"
                                   "4two",
                                   7),
                       "Content-Type: application/octet-stream\r\n"));
    on.ask(polls, get(address));
    const std::string scripted = std::string(polling_v3) + "&j=0";
    address = with_sid(scripted, sid_of(on.ask(polls, get(scripted))));
    on.ask(posts, post(address, "d=6%3A4three", "Content-Type: application/x-www-form-urlencoded\r\n"));
    on.ask(polls, get(address));
}

void upgrade_to_websocket(fault_stage& on) {
    far_end polls = on.connect();
    const std::string sid = sid_of(on.ask(polls, get(polling)));
    on.ask(polls, get(with_sid(polling, sid)));
    far_end probe = on.connect();
    on.ask(probe, upgrade(with_sid(websocket, sid)));
    on.ask(probe, text_frame("2probe"));
    on.ask(probe, text_frame("5"));
    on.ask(probe, text_frame("4upgraded"));
    on.ask(probe, text_frame("4close"));
}

void fail_to_upgrade(fault_stage& on) {
    far_end polls = on.connect();
    const std::string sid = sid_of(on.ask(polls, get(polling)));
    far_end probe = on.connect();
    on.ask(probe, upgrade(with_sid(websocket, sid)));
    on.ask(probe, text_frame("4too early"));
    far_end silent = on.connect();
    on.ask(silent, upgrade(with_sid(websocket, sid)));
    on.pass(engine::duration{11'000});
    far_end as_polling = on.connect();
    on.ask(as_polling, upgrade(with_sid(polling, sid)));
}

void be_refused(fault_stage& on) {
    for (const std::string& bytes :
         {std::string("no HTTP\r\n\r\n"), get("/elsewhere"), get("/engine.io/?EIO=4&transport=none"),
          get(with_sid(polling, "unknown")), upgrade("/engine.io/?EIO=9&transport=websocket"),
          upgrade("/elsewhere"), std::string("GET /") + std::string(20'000, 'x'),
          get("/engine.io/engine.io.js"), post("/elsewhere", "a body")}) {
        far_end client = on.connect();
        on.ask(client, bytes);
    }
}

void go_away(fault_stage& on) {
    far_end half = on.connect();
    on.ask(half, get(polling));
    half.half_close();
    on.turn();
    far_end waiting = on.connect();
    on.ask(waiting, get(with_sid(polling, sid_of(on.ask(waiting, get(polling))))));
    waiting.close();
    on.turn();
    far_end socket = on.connect();
    on.ask(socket, upgrade(websocket));
    socket.close();
    on.turn();
    far_end slow = on.connect();
    on.ask(slow, "GET /engine.io/?EIO=4&transport=po");
    on.pass(engine::duration{11'000});
}

/// The server of these tests.
struct echo_server {
    explicit echo_server(transports::server_options options) : server(context, std::move(options)) {
        server.on_connection(serve);
        server.on_request([](transports::exchange asked) { asked.reply(200, {}, "elsewhere"); });
    }
    static transports::server_options options() {
        transports::server_options given;
        given.engine.allow_eio3 = true;
        given.per_message_deflate.emplace().threshold = 0;
        given.headers_timeout = engine::duration{10'000};
        given.cookie.emplace();
        given.cors.emplace();
        given.log = [](const kedge::log_record&) {};
        given.log_threshold = kedge::log_level::debug;
        given.on_error = [](const std::exception_ptr&) {};
        given.on_connection_error = [](const transports::connection_error&) {};
        given.headers = [](transports::header_list& headers, const engine::request&) {
            headers.set("X-A-Header-Of-The-Application", "a value that does not fit into the string itself");
        };
        given.middlewares.emplace_back(
            [](const transports::exchange&, transports::next_step go_on) { go_on(); });
        given.allow_request = [](engine::request_ptr, transports::admission decide) { decide.allow(); };
        return given;
    }

    const transports::kernel table = with_hand_turned_clock();
    const transports::kernel_override clock{table};
    boost::asio::io_context context;
    transports::engine_server server;
};

std::uint64_t fail_each(void (*hold)(fault_stage&), failing how) {
    echo_server made(echo_server::options());
    fault_stage on(made.context, made.server);
    trial all(on, made.server,
              {.target = websocket, .entry = {}, .lives = &fault_witness::lives, .patience = minutes{2}});
    return fail_each_allocation(all, on, hold, how);
}

struct named_conversation {
    std::string name;
    void (*hold)(fault_stage&);
};
const std::vector<named_conversation> all_conversations{
    {"websocket", talk_by_websocket},
    {"closing websockets", close_by_websocket},
    {"polling", talk_by_polling},
    {"closing polls", close_by_polling},
    {"revision 3 and JSONP", talk_to_the_old},
    {"upgrade", upgrade_to_websocket},
    {"failing upgrades", fail_to_upgrade},
    {"refusals", be_refused},
    {"going away", go_away},
};

}  // namespace

TEST_CASE("one allocation fails, whichever it is: one session ends, and nobody else notices") {
    for (const auto& each : all_conversations) {
        CAPTURE(each.name);
        CHECK(fail_each(each.hold, failing::once) > 20);
    }
}

TEST_CASE(
    "all allocations fail from one on, whichever it is: nothing is left of who talked, and nobody else "
    "notices") {
    for (const failing how : {failing::to_the_end_of_the_turn, failing::from_then_on})
        for (const auto& each : all_conversations) {
            CAPTURE(each.name);
            CHECK(fail_each(each.hold, how) > 20);
        }
}

}  // namespace engine_allocations_test
