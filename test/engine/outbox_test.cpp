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

TEST_CASE("outbox: gives as much as is asked for, and goes on behind what was dropped") {
    outbox box;
    const auto shared = message::make(content_kind::text, "shared", true);
    for (int i = 0; i < 6; ++i) {
        box.push({packet_type::message, content_kind::text, true, std::string(10, static_cast<char>('a' + i)),
                  nullptr});
        box.push({packet_type::message, shared->content(), true, shared->data(), &shared});
    }
    CHECK(box.packets().size() == 12);
    CHECK(box.packets(5).size() == 5);
    CHECK(box.packets(outbox::all, 17).size() == 3);
    CHECK(box.exceeds(11, outbox::all));
    CHECK_FALSE(box.exceeds(12, outbox::all));
    CHECK(box.exceeds(outbox::all, 90));
    CHECK_FALSE(box.exceeds(outbox::all, 91));
    for (char next = 'a'; next <= 'f'; ++next) {
        REQUIRE_FALSE(box.empty());
        const auto first = box.packets(2);
        REQUIRE(first.size() == 2);
        CHECK(first[0].data == std::string(10, next));
        CHECK(first[1].data == "shared");
        box.drop(2);
        CHECK(shared.use_count() == 1 + ('f' - next));
        CHECK(box.size() == static_cast<std::size_t>('f' - next) * 16);
    }
    CHECK(box.empty());
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
