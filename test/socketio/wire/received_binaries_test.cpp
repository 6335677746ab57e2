#include <kedge/socketio/wire/received_binaries.hpp>

#include <doctest/doctest.h>

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <kedge/socketio/wire/codec.hpp>

namespace received_binaries_test {

using namespace kedge;

namespace {

std::span<const std::byte> bytes_of(std::string_view text) {
    return std::as_bytes(std::span(text));
}

engine::message_ptr made_of(std::string_view text) {
    return engine::message::make(engine::content_kind::binary, std::string(text));
}

}  // namespace

TEST_CASE("received_binaries: what is sent on whole while it lies there is shared, all else is copied") {
    const auto one = made_of("one");
    const auto other = made_of("other");
    const std::string alike = "one";
    const std::vector<engine::message_ptr> outer{one};
    const std::vector<engine::message_ptr> inner{made_of("more"), other};
    {
        const received_binaries first(outer);
        const received_binaries second(inner);
        CHECK(binary_message(bytes_of(one->data()), true) == one);
        CHECK(binary_message(bytes_of(other->data()), true) == other);
        CHECK(binary_message(bytes_of(one->data()), false) != one);
        CHECK(received_binaries::find(bytes_of(one->data().substr(0, 2))) == nullptr);
        CHECK(received_binaries::find(bytes_of(alike)) == nullptr);
        CHECK(binary_message(bytes_of(alike), true)->data() == "one");
    }
    CHECK(received_binaries::find(bytes_of(one->data())) == nullptr);
    CHECK(received_binaries::find(bytes_of(other->data())) == nullptr);
}

TEST_CASE("received_binaries: a decoded packet has those that came for it") {
    const auto form = json_parser();
    const auto reading = form->make_decoder();
    std::string head = R"(51-["x",{"_placeholder":true,"num":0}])";
    std::string data = "binary";
    CHECK_FALSE(reading->decode_text(head).packet());
    const decoded made = reading->decode_binary(data);
    REQUIRE(made.packet());
    REQUIRE(made.attachments().size() == 1);
    const auto came = made.packet()->arguments().front().as_binary();
    CHECK(received_binaries::find(came) == nullptr);
    const received_binaries at_hand(made.attachments());
    CHECK(received_binaries::find(came) == made.attachments().front());
}

}  // namespace received_binaries_test
