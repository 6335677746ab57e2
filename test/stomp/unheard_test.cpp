#include <kedge/stomp/unheard.hpp>

#include <doctest/doctest.h>

#include <string>
#include <string_view>

namespace unheard_test {

using kedge::engine::arrivals;
using kedge::stomp::unheard;

namespace {

struct nobody final : kedge::engine::arrival_owner {
    void on_cut() noexcept override {}
};

struct waiting {
    arrivals all;
    nobody owner;
    unheard rest{all, owner};

    std::string hear(std::size_t bytes, const std::string& meanwhile = {}) {
        std::string heard;
        rest.offer([&](std::string_view offered) {
            heard = offered.substr(0, bytes);
            if (!meanwhile.empty()) rest.add(meanwhile);
            return offered.substr(heard.size());
        });
        return heard;
    }
};

}  // namespace

TEST_CASE("unheard: what is left of an offer is offered again, with what came behind it") {
    waiting one;
    CHECK(one.rest.empty());
    one.rest.add("abcdef");
    CHECK(one.hear(2) == "ab");
    CHECK(one.rest.size() == 4);
    one.rest.add("gh");
    CHECK(one.hear(3, "ij") == "cde");
    CHECK(one.rest.size() == 5);
    CHECK(one.hear(9, "kl") == "fghij");
    CHECK(one.hear(9) == "kl");
    CHECK(one.rest.empty());
}

TEST_CASE("unheard: what is put back goes before what came meanwhile") {
    waiting one;
    one.rest.add("later");
    one.rest.put_back("first, ");
    CHECK(one.hear(99) == "first, later");
    CHECK(one.rest.empty());
}

TEST_CASE("unheard: it counts as long as there is any of it") {
    waiting one;
    one.rest.add(std::string(10'000, 'x'));
    CHECK(one.all.bytes() >= 10'000);
    (void)one.hear(9'999);
    CHECK(one.all.bytes() >= 10'000);
    (void)one.hear(1);
    CHECK(one.all.bytes() == 0);
    one.rest.add(std::string(10'000, 'x'));
    one.rest.drop();
    CHECK(one.rest.empty());
    CHECK(one.all.bytes() == 0);
}

}  // namespace unheard_test
