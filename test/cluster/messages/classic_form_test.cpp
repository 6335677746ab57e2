#include <doctest/doctest.h>

#include <string>

#include <kedge/cluster/messages/classic_form.hpp>
#include <kedge/socketio/value/value.hpp>

namespace classic_form_test {

using namespace kedge;
using namespace kedge::cluster;

namespace {

const classic_form ours("socket.io", "/", "jkZDk8", classic_parser::msgpack);

struct reading {
    explicit reading(const std::string& bytes) : sound(reader.read(bytes)) {}
    message_reader reader;
    bool sound;
    node_message message;
};

auto writes(const value& data) {
    return [&data](writer& to) { data.write(to); };
}

}  // namespace

TEST_CASE("the channels of the classic adapter") {
    CHECK(ours.pattern() == "socket.io#/#*");
    CHECK(ours.request_channel() == "socket.io-request#/#");
    CHECK(ours.response_channel() == "socket.io-response#/#");
    CHECK(ours.response_channel_of("abc") == "socket.io-response#/#abc#");
    broadcast_options to;
    const value data = value::array({"a"});
    const auto write = writes(data);
    CHECK(ours.channel_of({.options = &to, .data = write}) == "socket.io#/#");
    to.rooms = {"r1"};
    CHECK(ours.channel_of({.options = &to, .data = write}) == "socket.io#/#r1#");
    to.rooms = {"r1", "r2"};
    CHECK(ours.channel_of({.options = &to, .data = write}) == "socket.io#/#");
    std::string_view room;
    CHECK(ours.room_of("socket.io#/#r#1#", room));
    CHECK(room == "r#1");
    CHECK(ours.room_of("socket.io#/#", room));
    CHECK(room.empty());
    CHECK_FALSE(ours.room_of("socket.io#/a#", room));
    // What means something in a pattern is taken as it is.
    CHECK(classic_form("k", "/a*[b]", "u", classic_parser::msgpack).pattern() == "k#/a\\*\\[b\\]#*");
}

TEST_CASE("a broadcast is written byte for byte as Node's adapter writes it") {
    const broadcast_options all;
    const value data = value::array({"foo", 1, "é"});
    const auto write = writes(data);
    const std::string expected =
        "\x93\xa6jkZDk8\x83\xa4type\x02\xa4"
        "data\x93\xa3"
        "foo\x01\xa2\xc3\xa9\xa3nsp\xa1/\x83\xa5rooms\x90\xa6"
        "except\x90\xa5"
        "flags\x80";
    CHECK(ours.write({.options = &all, .data = write}) == expected);
    CHECK(ours.is_own(expected));
    CHECK_FALSE(classic_form("socket.io", "/", "other1", classic_parser::msgpack).is_own(expected));

    reading r(expected);
    REQUIRE(r.sound);
    REQUIRE(ours.read_broadcast(r.reader.root(), r.message));
    CHECK(r.message.uid == "jkZDk8");
    CHECK(value(r.message.data) == data);
}

TEST_CASE("a broadcast with a ticket is the same with one thing more, and is known again") {
    const broadcast_options all;
    const value data = value::array({"foo"});
    const auto write = writes(data);
    for (const auto parser : {classic_parser::msgpack, classic_parser::json}) {
        const classic_form form("socket.io", "/", "jkZDk8", parser);
        const classic_form other("socket.io", "/", "jkZDk9", parser);
        const auto plain = form.write({.options = &all, .data = write});
        const auto marked = form.write({.options = &all, .data = write, .ticket = 1'000'000'007});
        for (const auto& each : {plain, marked}) {
            CHECK(form.is_own(each));
            CHECK_FALSE(other.is_own(each));
            reading read(each);
            REQUIRE(read.sound);
            REQUIRE(other.read_broadcast(read.reader.root(), read.message));
            CHECK(read.message.ticket == (each == plain ? 0 : 1'000'000'007));
            CHECK(read.message.data[0].as_string() == "foo");
        }
        // Node looks at the first three.
        const auto shared = parser == classic_parser::json ? plain.size() - 1 : plain.size();
        CHECK(marked.substr(1, shared - 1) == plain.substr(1, shared - 1));
    }
    CHECK_FALSE(ours.is_own(""));
}

TEST_CASE("rooms, exceptions and flags survive") {
    broadcast_options to{{"a", "b"}, {"c"}, {}};
    to.flags.is_volatile = true;
    to.flags.compress = false;
    to.flags.timeout = engine::duration(1500);
    const value data = value::array({"x", binary(std::string_view("\1\2", 2))});
    const auto write = writes(data);
    for (const auto parser : {classic_parser::msgpack, classic_parser::json}) {
        const classic_form form("k", "/n", "u", parser);
        reading r(form.write({.options = &to, .data = write}));
        REQUIRE(r.sound);
        REQUIRE(form.read_broadcast(r.reader.root(), r.message));
        CHECK(r.message.options.rooms == to.rooms);
        CHECK(r.message.options.except == to.except);
        CHECK(r.message.options.flags.is_volatile);
        CHECK_FALSE(r.message.options.flags.compress);
        CHECK(form.is_own(form.write({.options = &to, .data = write})));
    }
}

TEST_CASE("requests are written as Node's adapter writes them") {
    const broadcast_options all{{}, {"x"}, {}};
    const std::vector<std::string> rooms{"x", "y"};
    const value data = value::array({"hello", 1});
    const auto write = writes(data);
    CHECK(ours.write({.what = verb::join, .options = &all, .rooms = rooms}) ==
          R"({"uid":"jkZDk8","type":2,"opts":{"rooms":[],"except":["x"]},"rooms":["x","y"]})");
    CHECK(ours.write({.what = verb::disconnect, .options = &all, .close = true}) ==
          R"({"uid":"jkZDk8","type":4,"opts":{"rooms":[],"except":["x"]},"close":true})");
    CHECK(ours.write({.what = verb::fetch, .request = "q1", .options = &all}) ==
          R"({"uid":"jkZDk8","requestId":"q1","type":5,"opts":{"rooms":[],"except":["x"]}})");
    CHECK(ours.write({.what = verb::emit, .data = write}) ==
          R"({"uid":"jkZDk8","type":6,"data":["hello",1]})");
    CHECK(ours.write({.what = verb::recipients, .request = "q1", .count = 3}) ==
          R"({"type":8,"requestId":"q1","clientCount":3,"uid":"jkZDk8"})");
    CHECK(ours.channel_of({.what = verb::fetch}) == ours.request_channel());
    CHECK(ours.channel_of({.what = verb::recipients}) == ours.response_channel());
    CHECK(ours.channel_of({.what = verb::answer, .to = "abc"}) == "socket.io-response#/#abc#");
}

TEST_CASE("a question to all recipients and its answers come through") {
    broadcast_options to{{"r"}, {}, {}};
    const value data = value::array({"q"});
    const auto write = writes(data);
    reading asked(ours.write({.what = verb::ask, .request = "id", .options = &to, .data = write}));
    REQUIRE(ours.read_request(asked.reader.root(), asked.message));
    CHECK(asked.message.what == verb::ask);
    CHECK(asked.message.request == "id");
    CHECK(asked.message.options.rooms == to.rooms);
    CHECK(value(asked.message.data) == data);

    const value said("yes");
    const auto write_said = writes(said);
    reading answer(ours.write({.what = verb::answer, .request = "id", .data = write_said}));
    REQUIRE(ours.read_response(answer.reader.root(), answer.message));
    CHECK(answer.message.what == verb::answer);
    CHECK(answer.message.data.as_string() == "yes");
    CHECK(answer.message.uid == "jkZDk8");
}

TEST_CASE("what emitters and older versions write is understood") {
    const auto request = [](const std::string& bytes) {
        auto r = std::make_unique<reading>(bytes);
        CHECK(r->sound);
        CHECK(ours.read_request(r->reader.root(), r->message));
        return r;
    };
    auto join = request(R"({"type":2,"opts":{"rooms":["a"],"except":[]},"rooms":["b",5]})");
    CHECK(join->message.what == verb::join);
    CHECK(join->message.uid.empty());
    CHECK(join->message.rooms == std::vector<std::string>{"b", "5"});
    auto old = request(R"({"requestId":"z","type":3,"sid":"s1","room":"r"})");
    CHECK(old->message.what == verb::leave);
    CHECK(old->message.options.rooms == std::vector<std::string>{"s1"});
    CHECK(old->message.rooms == std::vector<std::string>{"r"});
    CHECK(request(R"({"uid":"u","requestId":"z","type":1})")->message.what == verb::list_rooms);
    CHECK(request(R"({"uid":"u","requestId":"z","type":0,"rooms":["a"]})")->message.options.rooms.size() ==
          1);
    CHECK(request(R"({"uid":"emitter","type":6,"data":["x"]})")->message.what == verb::emit);
    CHECK(request(R"({"uid":"emitter","type":6,"data":[7,"x"]})")->message.what == verb::emit);
    CHECK(old->message.request == "z");  // who has the socket answers; the new form is answered by nobody
    CHECK(
        request(R"({"uid":"u","requestId":"z","type":2,"opts":{},"rooms":["b"]})")->message.request.empty());

    // socket.io-emitter 3: no exceptions; 2.x nodes: type 5 where there is binary.
    reading old_broadcast(
        "\x93\xa7"
        "emitter\x83\xa4type\x05\xa4"
        "data\x91\xa1x\xa3nsp\xa1/\x82\xa5rooms\x90\xa5"
        "flags\x80");
    REQUIRE(old_broadcast.sound);
    CHECK(ours.read_broadcast(old_broadcast.reader.root(), old_broadcast.message));
}

TEST_CASE("what makes no sense is refused, in whatever way") {
    for (const char* wrong :
         {"{}", "[]", R"({"type":9})", R"({"type":2})", R"({"type":2,"opts":[],"rooms":["a"]})",
          R"({"type":5,"opts":{}})", R"({"type":5,"requestId":"a","opts":{"rooms":7}})",
          R"({"type":6,"data":"x"})", R"({"type":6,"data":[]})", R"({"type":6,"data":[null]})",
          R"({"type":7,"requestId":"a","packet":{}})",
          R"({"type":7,"requestId":"a","opts":{},"packet":{"type":0,"data":["a"],"nsp":"/"}})",
          R"({"type":2,"opts":{"rooms":[{}]},"rooms":[]})", R"({"type":-1,"requestId":"a"})",
          R"({"type":"2"})"}) {
        CAPTURE(wrong);
        reading r(wrong);
        CHECK_FALSE(ours.read_request(r.reader.root(), r.message));
    }
    for (const char* wrong : {"[]", R"(["u"])", R"(["u",{}])", R"(["u",{"type":2,"data":["a"],"nsp":"/x"}])",
                              R"(["u",{"type":1,"data":["a"]}])", R"(["u",{"type":2,"data":"a"}])",
                              R"(["u",{"type":2,"data":["a"]},{"rooms":"a"}])", R"({"0":"u"})"}) {
        CAPTURE(wrong);
        reading r(wrong);
        CHECK_FALSE(ours.read_broadcast(r.reader.root(), r.message));
    }
    for (const char* wrong :
         {"{}", R"({"requestId":7,"sockets":[]})", R"({"requestId":"a"})",
          R"({"requestId":"a","sockets":{}})", R"({"requestId":"a","type":8,"clientCount":-1})",
          R"({"requestId":"a","type":3})"}) {
        CAPTURE(wrong);
        reading r(wrong);
        CHECK_FALSE(ours.read_response(r.reader.root(), r.message));
    }
    for (const char* wrong : {"", "{", "nonsense", "\xc1", "\x93"}) CHECK_FALSE(reading(wrong).sound);
}

}  // namespace classic_form_test
