#include <doctest/doctest.h>

#include <string>

#include <kedge/cluster/messages/kept_session.hpp>
#include <kedge/cluster/messages/stream_data.hpp>
#include <kedge/socketio/value/value.hpp>

namespace stream_data_test {

using namespace kedge;
using namespace kedge::cluster;

TEST_CASE("data of a stream is JSON, or MessagePack in base64") {
    CHECK(stream_text("{}") == "{}");
    message_reader reader;
    node_message read;
    // What the reference's adapter wrote.
    REQUIRE(read_stream_data(
        "3", "gqZwYWNrZXSCpHR5cGUCpGRhdGGSo2Zvb8QCAQKkb3B0c4Olcm9vbXORpnJvb20tQaZleGNlcHSQpWZsYWdzgA==",
        reader, read));
    CHECK(read.what == verb::broadcast);
    CHECK(read.options.rooms == std::vector<std::string>{"room-A"});
    CHECK(value(read.data) == value::array({"foo", binary(std::string_view("\1\2", 2))}));
    node_message joined;
    REQUIRE(read_stream_data("4", R"({"opts":{"rooms":[],"except":[]},"rooms":["a"]})", reader, joined));
    CHECK(joined.what == verb::join);
    for (const auto& [type, data] :
         {std::pair{"", "{}"}, {"3x", "{}"}, {"3", "{}"}, {"3", ""}, {"3", "????"}, {"4", "{"}}) {
        node_message wrong;
        CHECK_FALSE(read_stream_data(type, data, reader, wrong));
    }
}

TEST_CASE("the stream of a namespace is the one that the reference chooses") {
    // As [...name].reduce((h, c) => (h * 31 + c.charCodeAt()) | 0, 0) % n in JavaScript.
    CHECK(stream_index("/", 4) == 47 % 4);
    CHECK(stream_index("/chat", 3) == 46457863 % 3);
    CHECK(stream_index("/é😀", 5) == 3396989 % 5);
    CHECK(stream_index("/workspace-a", 5) == -1);
    CHECK(stream_index("/😀-rooms", 7) == -239384771 % 7);
}

TEST_CASE("a session is kept, and one of the reference is understood") {
    const stored_session session{"sid", "pid", {"a", "b"}, value::object({{"name", "Ada"}}),
                                 "5-0", "6-1", "4-2",      {"5-0~uid:7"}};
    const auto back = read_session(write_session(session));
    REQUIRE(back);
    CHECK(back->sid == "sid");
    CHECK(back->pid == "pid");
    CHECK(back->rooms == session.rooms);
    CHECK(back->data == session.data);
    CHECK(back->offset == "5-0");
    CHECK(back->from == "6-1");
    CHECK(back->began == "4-2");
    CHECK(back->early == session.early);
    // {sid: "s", pid: "p", rooms: ["r"], data: {}}
    const auto theirs = read_session("hKNzaWShc6NwaWShcKVyb29tc5GhcqRkYXRhgA==");
    REQUIRE(theirs);
    CHECK(theirs->rooms == std::vector<std::string>{"r"});
    CHECK(theirs->offset.empty());
    CHECK(theirs->early.empty());
    for (const char* wrong : {"", "x", "gA==", "hKNzaWQ="}) CHECK_FALSE(read_session(wrong));
}

}  // namespace stream_data_test
