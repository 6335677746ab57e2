#include <doctest/doctest.h>

#include <array>
#include <memory>
#include <thread>
#include <vector>

#include <kedge/transports/loop/mailbox.hpp>

namespace mailbox_test {

using kedge::transports::mailbox;

TEST_CASE("a mailbox asks for waking only when it was empty, and gives tasks in order") {
    mailbox box;
    std::vector<int> ran;
    CHECK(box.empty());
    CHECK(box.push([&] { ran.push_back(1); }));
    CHECK_FALSE(box.push([&] { ran.push_back(2); }));
    CHECK_FALSE(box.push([&] { ran.push_back(3); }));
    box.take([](auto& task) { task(); });
    CHECK(ran == std::vector{1, 2, 3});
    CHECK(box.empty());
    CHECK(box.push([] {}));
}

TEST_CASE("a task posted by a task waits for the next batch") {
    mailbox box;
    int ran = 0;
    box.push([&] { box.push([&] { ++ran; }); });
    box.take([](auto& task) { task(); });
    CHECK(ran == 0);
    box.take([](auto& task) { task(); });
    CHECK(ran == 1);
}

TEST_CASE("tasks that nobody took are destroyed") {
    const auto counted = std::make_shared<int>(0);
    {
        mailbox box;
        box.push([counted] { ++*counted; });
        box.push([counted] { ++*counted; });
        CHECK(counted.use_count() == 3);
    }
    CHECK(counted.use_count() == 1);
    CHECK(*counted == 0);
}

TEST_CASE("mt: many threads post, none is lost, each one's order is kept") {
    constexpr int senders = 4;
    constexpr int each = 5000;
    mailbox box;
    std::array<int, senders> last{};
    bool ordered = true;
    std::vector<std::thread> threads;
    for (int sender = 0; sender < senders; ++sender)
        threads.emplace_back([&, sender] {
            for (int i = 1; i <= each; ++i)
                box.push([&, sender, i] {
                    int& before = last[static_cast<std::size_t>(sender)];
                    ordered = ordered && before == i - 1;
                    before = i;
                });
        });
    int taken = 0;
    while (taken < senders * each)
        box.take([&](auto& task) {
            task();
            ++taken;
        });
    for (auto& thread : threads) thread.join();
    CHECK(ordered);
    for (int count : last) CHECK(count == each);
}

}  // namespace mailbox_test
