#include <kedge/socketio/wire/event_data.hpp>

#include <memory>
#include <string>
#include <string_view>

#include <doctest/doctest.h>
#include <kedge/socketio/value/arguments.hpp>
#include <kedge/socketio/value/binary.hpp>
#include <kedge/socketio/value/json_writer.hpp>
#include <kedge/socketio/wire/broadcast_packet.hpp>
#include <kedge/socketio/wire/codec.hpp>
#include <kedge/socketio/wire/msgpack.hpp>

namespace event_data_test {

using namespace kedge;
using namespace std::literals;

namespace {

/// What is written of it, as JSON.
std::string json_of(const event_data& data, std::string_view offset = {}) {
    std::string text;
    json_writer out(text);
    event_data_writer(data).write(out, offset);
    return text;
}

packet_ptr make(const std::shared_ptr<const parser>& form, data_form wanted, const outgoing_arguments& sent) {
    return broadcast_packet::event(form, "/x", 7, "e", sent, {.wanted = wanted});
}

const auto plain = [](writer& to) { to.string("a\"b"); };
const std::string bytes = "ab";
const auto with_binary = [](writer& to) { to.binary(binary(bytes).bytes()); };

}  // namespace

TEST_CASE(
    "the data of an event has a name when it begins with a string, or with a number where others have "
    "decoded it") {
    CHECK(event_data(encoding::json, R"(["a"])").has_name());
    CHECK(event_data(encoding::json, " [ \"a\",1]").has_name());
    CHECK(event_data(encoding::msgpack, "\x91\xa1x").has_name());
    CHECK(event_data(encoding::msgpack, "\xdc\x00\x01\xd9\x01x"sv).has_name());
    CHECK_FALSE(event_data().has_name());
    CHECK_FALSE(event_data(encoding::json, R"([1,"a"])").has_name());
    CHECK_FALSE(event_data(encoding::msgpack, "\x91\x01").has_name());
    value named_by_number = value::array({42, "a"});
    tape laid_out;
    named_by_number.write(laid_out);
    CHECK(event_data(laid_out.root()).has_name());
}

TEST_CASE("encoded data goes through as it is, to the byte, or is translated") {
    const std::string_view odd = R"( ["a" , 1e2])";
    CHECK(json_of({encoding::json, odd}) == odd);
    CHECK(json_of({encoding::msgpack, "\x92\xa1x\xcb\x3f\xf8\x00\x00\x00\x00\x00\x00"sv}) == R"(["x",1.5])");
}

TEST_CASE("an offset becomes the last argument, whatever the form") {
    CHECK(json_of({encoding::json, R"(["a",[1]] )"}, "1-0") == R"(["a",[1],"1-0"])");
    CHECK(json_of({encoding::msgpack, "\x91\xa1x"}, "1-0") == R"(["x","1-0"])");
    tape laid_out;
    laid_out.begin_array();
    laid_out.string("t");
    laid_out.end_array();
    CHECK(json_of(event_data(laid_out.root()), "1-0") == R"(["t","1-0"])");
}

TEST_CASE("what is not what it says becomes an event without a name") {
    CHECK(json_of({encoding::msgpack, "\x92\xa1x"}) == R"([""])");
    CHECK(json_of({encoding::msgpack, "\x92\xa1x"}, "o") == R"(["","o"])");
}

TEST_CASE("an adapter gets what clients get where that is what it wants") {
    const auto text = make(json_parser(), data_form::json_or_msgpack, {1, plain});
    CHECK(text->for_adapter().form() == encoding::json);
    CHECK(text->for_adapter().bytes() == R"(["e","a\"b"])");
    const auto message = text->parts().front()->data();
    CHECK(text->for_adapter().bytes().data() == message.data() + message.find('['));

    const auto packed = make(msgpack_parser(), data_form::msgpack, {1, plain});
    CHECK(packed->for_adapter().form() == encoding::msgpack);
    CHECK(packed->for_adapter().bytes() == "\x92\xa1\x65\xa3\x61\"b");
    const auto whole = packed->parts().front()->data();
    CHECK(packed->for_adapter().bytes().data() >= whole.data());
    CHECK(packed->for_adapter().bytes().data() < whole.data() + whole.size());
}

TEST_CASE("an adapter gets another form where it wants one") {
    CHECK(make(json_parser(), data_form::none, {1, plain})->for_adapter().bytes().empty());
    const auto packed = make(json_parser(), data_form::msgpack, {1, plain});
    CHECK(packed->for_adapter().form() == encoding::msgpack);
    CHECK(json_of(packed->for_adapter()) == R"(["e","a\"b"])");
    const auto text = make(msgpack_parser(), data_form::json_or_msgpack, {1, plain});
    CHECK(text->for_adapter().form() == encoding::json);
    CHECK(text->for_adapter().bytes() == R"(["e","a\"b"])");
}

TEST_CASE("binary makes it MessagePack, or what Node makes of a Buffer in JSON") {
    const auto mixed = make(json_parser(), data_form::json_or_msgpack, {1, with_binary});
    CHECK(mixed->for_adapter().form() == encoding::msgpack);
    CHECK(mixed->for_adapter().bytes() == "\x92\xa1\x65\xc4\x02\x61\x62");
    const auto text = make(json_parser(), data_form::json, {1, with_binary});
    CHECK(text->for_adapter().bytes() == R"(["e",{"type":"Buffer","data":[97,98]}])");
}

}  // namespace event_data_test
