#include <kedge/admin/verifier.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>

#include "passwords.hpp"

namespace verifier_test {

using namespace kedge::admin;
using kedge::testing::cheap_hash;

namespace {

password_hash secret() {
    return password_hash{std::string(cheap_hash)};
}

std::future<bool> ask(verifier& whom, std::string password) {
    auto told = std::make_shared<std::promise<bool>>();
    auto answer = told->get_future();
    CHECK(whom.check(
        std::move(password), [] { return true; }, [told](bool matches) { told->set_value(matches); }));
    return answer;
}

}  // namespace

TEST_CASE("mt: passwords are compared one behind the other, on a thread that is not the caller's") {
    verifier one(secret());
    auto right = ask(one, "secret");
    auto wrong = ask(one, "Secret");
    CHECK(right.get());
    CHECK_FALSE(wrong.get());
}

TEST_CASE("mt: nobody waits for more than there is room for, and who has gone costs nothing") {
    verifier one(secret(), 1);
    std::promise<void> begun;
    std::promise<void> go_on;
    CHECK(one.check(
        "secret",
        [&] {
            begun.set_value();
            go_on.get_future().wait();
            return false;
        },
        [](bool) { FAIL("who has gone is told nothing"); }));
    begun.get_future().wait();
    auto second = ask(one, "secret");
    CHECK_FALSE(one.check(
        "secret", [] { return true; }, [](bool) { FAIL("there was no room"); }));
    go_on.set_value();
    CHECK(second.get());
}

TEST_CASE("mt: who is told may throw") {
    verifier one(secret());
    CHECK(one.check(
        "x", [] { return true; }, [](bool) { throw std::runtime_error("careless"); }));
    CHECK(ask(one, "secret").get());
}

TEST_CASE("mt: a verifier that goes waits for the one under way and drops the others") {
    std::atomic<bool> told = false;
    std::promise<void> begun;
    const auto kept = std::make_shared<int>(0);
    {
        verifier one(secret());
        CHECK(one.check(
            "secret",
            [&] {
                begun.set_value();
                return true;
            },
            [&told](bool matches) { told = matches; }));
        begun.get_future().wait();
        for (int i = 0; i < 3; ++i)
            one.check(
                "secret", [] { return true; }, [kept](bool) {});
    }
    CHECK(told);
    CHECK(kept.use_count() == 1);
}

}  // namespace verifier_test
