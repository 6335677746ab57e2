#include <kedge/engine/arrivals.hpp>

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

#include <kedge/engine/buffered_bytes.hpp>

namespace arrivals_test {

using namespace kedge::engine;

namespace {

/// Notes who was cut, and lets go of it.
struct holder final : arrival_owner {
    holder(arrivals& among, std::string called, std::string& told)
        : name(std::move(called)), cut(told), held(std::make_unique<arrival>(among, *this)) {}
    void on_cut() noexcept override {
        cut += name;
        held.reset();
    }
    std::string name;
    std::string& cut;
    std::unique_ptr<arrival> held;
};

}  // namespace

TEST_CASE("arrivals: what takes longest is cut first, and what has ended is not") {
    arrivals all;
    std::string cut;
    std::vector<std::unique_ptr<holder>> who;
    for (const char* name : {"a", "b", "c", "d", "e"})
        who.push_back(std::make_unique<holder>(all, name, cut));
    for (const auto& each : who) each->held->set(10'000);
    who[0]->held->set(20'000);  // more of it has come: it is as old as it was
    who[1]->held->set(0);
    who[1]->held->set(10'000);  // another
    who[2]->held.reset();
    CHECK(all.bytes() == 50'000);
    CHECK(all.cut_oldest() == 1);
    CHECK(cut == "a");
    CHECK(all.cut_oldest() == 1);
    CHECK(all.cut_oldest() == 1);
    CHECK(all.cut_oldest() == 1);
    CHECK(all.cut_oldest() == 0);
    CHECK(cut == "adeb");
    CHECK(all.bytes() == 0);
    CHECK(all.cut() == 4);
}

TEST_CASE("arrivals: a quarter is cut at a time") {
    arrivals all;
    std::string cut;
    std::vector<std::unique_ptr<holder>> who;
    for (int i = 0; i < 16; ++i)
        who.push_back(std::make_unique<holder>(all, std::string(1, char('a' + i)), cut));
    for (const auto& each : who) each->held->set(arrivals::least);
    CHECK(all.cut_oldest() == 4);
    CHECK(all.cut_oldest() == 3);
    CHECK(cut == "abcdefg");
}

TEST_CASE("arrivals: what is small is not counted, and all that waits is looked at when it grows") {
    arrivals all;
    std::string cut;
    const std::size_t before = buffered_bytes::total();
    int told = 0;
    all.bound(before + 100'000, [&told] { ++told; });
    holder one(all, "a", cut);
    one.held->set(arrivals::least - 1);
    CHECK(buffered_bytes::total() == before);
    one.held->set(100'000);
    CHECK(buffered_bytes::total() == before + 100'000);
    CHECK(arrivals::total() >= 100'000);
    CHECK(told == 0);
    {
        buffered_bytes more;
        more.set(1);
        one.held->set(100'000);
        CHECK(told == 0);
        one.held->set(100'001);
        CHECK(told == 1);
        one.held->set(90'000);
        CHECK(told == 1);
    }
    one.held.reset();
    CHECK(buffered_bytes::total() == before);
}

}  // namespace arrivals_test
