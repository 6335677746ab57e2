#include <kedge/engine/outbox.hpp>

#include <doctest/doctest.h>

namespace outbox_test {

using namespace kedge::engine;

TEST_CASE("outbox: keeps copies of bytes and references to shared messages, in order") {
    outbox box;
    CHECK(box.size() == 0);
    const auto shared = message::make(content_kind::binary, "shared", false);
    {
        std::string passing = "first";
        box.push({packet_type::message, content_kind::text, true, passing, nullptr});
        passing.assign("xxxxx");
        const message_ptr reference = shared;
        box.push({packet_type::message, reference->content(), reference->compress(), reference->data(),
                  &reference});
        box.push({packet_type::ping, content_kind::text, true, {}, nullptr});
        box.push({packet_type::message, content_kind::text, false, std::string(1000, 'z'), nullptr});
    }
    CHECK(box.size() == 5 + 6 + 1000);
    CHECK(box.footprint() >= 5 + 6 + 1000 + 4 * 16);
    const auto packets = box.packets();
    REQUIRE(packets.size() == 4);
    CHECK(packets[0].data == "first");
    CHECK(packets[0].shared == nullptr);
    CHECK(packets[1].content == content_kind::binary);
    CHECK_FALSE(packets[1].compress);
    CHECK(packets[1].data.data() == shared->data().data());
    CHECK(packets[1].shared->get() == shared.get());
    CHECK(packets[2].type == packet_type::ping);
    CHECK(packets[3].data == std::string(1000, 'z'));
}

TEST_CASE("outbox: cleared it is empty, and keeps no large memory") {
    outbox box;
    box.push({packet_type::message, content_kind::text, true, "text", nullptr});
    box.clear();
    CHECK(box.size() == 0);
    CHECK(box.packets().empty());
    const auto modest = box.capacity();
    CHECK(modest > 0);
    box.push({packet_type::message, content_kind::text, true, std::string(100'000, 'x'), nullptr});
    CHECK(box.capacity() >= 100'000);
    box.clear();
    CHECK(box.capacity() <= modest);
}

}  // namespace outbox_test
