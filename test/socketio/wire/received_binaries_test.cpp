#include <kedge/socketio/wire/received_binaries.hpp>

#include <doctest/doctest.h>

#include <memory>
#include <span>
#include <string>
#include <string_view>

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
    {
        received_binaries first({one});
        const received_binaries second({made_of("more"), other});
        CHECK(binary_message(bytes_of(one->data()), true) == one);
        CHECK(binary_message(bytes_of(other->data()), true) == other);
        CHECK(binary_message(bytes_of(one->data()), false) != one);
        CHECK(received_binaries::find(bytes_of(one->data().substr(0, 2))) == nullptr);
        CHECK(received_binaries::find(bytes_of(alike)) == nullptr);
        CHECK(binary_message(bytes_of(alike), true)->data() == "one");
        first.clear();
        CHECK(received_binaries::find(bytes_of(one->data())) == nullptr);
        CHECK(received_binaries::find(bytes_of(other->data())) == other);
    }
    CHECK(received_binaries::find(bytes_of(other->data())) == nullptr);
    CHECK(one.use_count() == 1);
}

TEST_CASE("received_binaries: those of a packet lie there as long as it does") {
    const auto form = json_parser();
    const auto reading = form->make_decoder();
    std::string head = R"(51-["x",{"_placeholder":true,"num":0}])";
    std::string data = "binary";
    CHECK_FALSE(reading->decode_text(head).packet());
    std::span<const std::byte> came;
    {
        const decoded made = reading->decode_binary(data);
        REQUIRE(made.packet());
        came = made.packet()->arguments().front().as_binary();
        CHECK(received_binaries::find(came) != nullptr);
    }
    CHECK(received_binaries::find(came) == nullptr);
}

}  // namespace received_binaries_test
