#include <doctest/doctest.h>

#include <string>

#include <kedge/cluster/messages/cluster_form.hpp>
#include <kedge/socketio/value/value.hpp>

namespace cluster_form_test {

using namespace kedge;
using namespace kedge::cluster;

namespace {

const cluster_form ours("/", "36c06a3214d56b15");

auto writes(const value& data) {
    return [&data](writer& to) { data.write(to); };
}

struct reading {
    explicit reading(const std::string& bytes) : sound(reader.read(bytes)) {
        understood = sound && ours.read(reader.root(), message);
    }
    message_reader reader;
    bool sound;
    bool understood = false;
    node_message message;
};

}  // namespace

TEST_CASE("messages are written as the reference writes them") {
    const broadcast_options all;
    const value data = value::array({"foo", 1, "é"});
    const auto write = writes(data);
    CHECK(
        ours.write({.options = &all, .data = write}) ==
        R"({"type":3,"data":{"packet":{"type":2,"data":["foo",1,"é"]},"opts":{"rooms":[],"except":[],"flags":{}}},)"
        R"("uid":"36c06a3214d56b15","nsp":"/"})");
    CHECK(ours.write_data({.what = verb::emit, .request = "q", .data = write}, binary_form::msgpack) ==
          R"({"packet":["foo",1,"é"],"requestId":"q"})");
    CHECK(ours.write_data({.what = verb::recipients, .request = "q", .count = 2}, binary_form::msgpack) ==
          R"({"requestId":"q","clientCount":2})");
}

TEST_CASE("binary makes a message MessagePack, unless it shall be plain text") {
    const broadcast_options to{{"A"}, {"B"}, {}};
    const value data = value::array({"foo", binary(std::string_view("\1\2", 2))});
    const auto write = writes(data);
    const std::string packed = ours.write({.options = &to, .data = write});
    CHECK(packed.front() == '\x84');
    reading r(packed);
    REQUIRE(r.understood);
    CHECK(value(r.message.data) == data);
    CHECK(r.message.options.except == to.except);
    // As in the reference's own documentation of its stream.
    const std::string expected =
        "\x82\xa6packet\x82\xa4type\x02\xa4"
        "data\x92\xa3"
        "foo\xc4\x02\x01\x02\xa4opts\x83\xa5rooms\x91\xa1"
        "A\xa6"
        "except\x91\xa1"
        "B\xa5"
        "flags\x80";
    CHECK(ours.write_data({.options = &to, .data = write}, binary_form::msgpack) == expected);
    CHECK(ours.write_data({.options = &to, .data = write}, binary_form::plaintext).find("\"Buffer\"") !=
          std::string::npos);
}

TEST_CASE("every verb comes back as it went") {
    broadcast_options to{{"r"}, {}, {}};
    const std::vector<std::string> rooms{"a"};
    const value data = value::array({"x"});
    const auto write = writes(data);
    for (const auto& [what, request] : {std::pair{verb::broadcast, ""},
                                        {verb::ask, "q"},
                                        {verb::join, ""},
                                        {verb::leave, ""},
                                        {verb::disconnect, ""},
                                        {verb::fetch, "q"},
                                        {verb::sockets, "q"},
                                        {verb::emit, ""},
                                        {verb::emit, "q"},
                                        {verb::reply, "q"},
                                        {verb::recipients, "q"},
                                        {verb::answer, "q"},
                                        {verb::recall, "q"},
                                        {verb::recalled, "q"}}) {
        const auto number = cluster_form::number_of(what);
        CAPTURE(number);
        const bool options = what <= verb::ask || (what >= verb::join && what <= verb::fetch);
        reading r(ours.write({.what = what,
                              .request = request,
                              .options = options ? &to : nullptr,
                              .data = write,
                              .rooms = rooms,
                              .close = true,
                              .count = 5}));
        REQUIRE(r.understood);
        CHECK(r.message.what == what);
        CHECK(r.message.request == request);
        CHECK(r.message.uid == "36c06a3214d56b15");
        if (options) CHECK(r.message.options.rooms == to.rooms);
    }
}

TEST_CASE("the name of an event may be a number") {
    reading r(R"({"type":3,"nsp":"/","uid":"u","data":{"packet":{"type":2,"data":[42,"a"]},"opts":{}}})");
    REQUIRE(r.understood);
    CHECK(r.message.data[0].as_int64() == 42);
}

TEST_CASE("what makes no sense is refused") {
    for (const char* wrong :
         {"{}", "[1]", R"({"type":3,"nsp":"/x","uid":"u","data":{"packet":{"type":2,"data":["a"]}}})",
          R"({"type":3,"nsp":"/","data":{}})",
          R"({"type":3,"nsp":"/","data":{"packet":{"type":0,"data":["a"]}}})",
          R"({"type":3,"nsp":"/","data":{"packet":{"type":2,"data":[]}}})",
          R"({"type":4,"nsp":"/","data":{}})", R"({"type":7,"nsp":"/","data":{"opts":{}}})",
          R"({"type":8,"nsp":"/","data":{"requestId":"a"}})",
          R"({"type":9,"nsp":"/","data":{"packet":["a"]},"x":1,"type":99})",
          R"({"type":10,"nsp":"/","data":{}})", R"({"type":1,"nsp":"/"})", R"({"type":"3","nsp":"/"})"}) {
        CAPTURE(wrong);
        CHECK_FALSE(reading(wrong).understood);
    }
}

}  // namespace cluster_form_test
