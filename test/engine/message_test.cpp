#include <kedge/engine/message.hpp>

#include <doctest/doctest.h>

#include <thread>
#include <vector>

namespace message_test {

using namespace kedge::engine;

TEST_CASE("message: is what it was made of") {
    const auto made = message::make(content_kind::binary, "abc", false);
    CHECK(made->content() == content_kind::binary);
    CHECK(made->data() == "abc");
    CHECK_FALSE(made->compress());
}

TEST_CASE("message: threads that build a form at once all read the same bytes") {
    for (int round = 0; round < 50; ++round) {
        const auto shared = message::make(content_kind::text, "x");
        std::vector<std::string_view> seen(4);
        std::vector<std::thread> threads;
        for (std::size_t i = 0; i < seen.size(); ++i)
            threads.emplace_back([&, i] {
                seen[i] = shared->form(wire_form::polling,
                                       [](const message& m) { return "4" + std::string(m.data()); });
            });
        for (auto& each : threads) each.join();
        for (const auto each : seen) {
            CHECK(each == "4x");
            CHECK(each.data() == seen[0].data());
        }
    }
}

}  // namespace message_test
