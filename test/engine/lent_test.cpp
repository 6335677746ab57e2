#include <kedge/engine/lent.hpp>

#include <doctest/doctest.h>

#include <span>
#include <stdexcept>
#include <type_traits>

namespace lent_test {

using namespace kedge::engine;

TEST_CASE("what is lent is seen while the loan lasts, and no longer") {
    lent<std::string_view> seen;
    CHECK_FALSE(seen.under_way());
    std::string buffer = "bytes";
    try {
        const lent<std::string_view>::loan lending(seen, buffer);
        CHECK(seen.under_way());
        CHECK(*seen == "bytes");
        seen->remove_prefix(2);
        CHECK(*seen == "tes");
        throw std::runtime_error("on the way");
    } catch (const std::runtime_error&) {
        CHECK_FALSE(seen.under_way());
        CHECK(seen->empty());
    }
}

TEST_CASE("what is lent cannot be copied to where it would be kept") {
    using place = lent<std::span<char>>;
    CHECK_FALSE(std::is_copy_constructible_v<place>);
    CHECK_FALSE(std::is_copy_assignable_v<place>);
    CHECK_FALSE(std::is_copy_constructible_v<place::loan>);
    CHECK_FALSE(std::is_convertible_v<passing_text, std::string_view>);
    std::string buffer = "head";
    const passing_text passing{std::string_view(buffer)};
    const std::string kept = passing.kept();
    buffer = "XXXX";
    CHECK(kept == "head");
}

}  // namespace lent_test
