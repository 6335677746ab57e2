#include <kedge/admin/password.hpp>

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>

#include "passwords.hpp"

namespace password_test {

using namespace kedge::admin;
using kedge::testing::cheap_hash;

TEST_CASE("a password is known by its hash, in all of bcrypt's spellings") {
    const std::string rest(cheap_hash.substr(3));
    for (const std::string spelling : {"$2a", "$2b", "$2y"}) {
        const password_hash hash(spelling + rest);
        CHECK(hash.cost() == 4);
        CHECK(hash.matches("secret"));
        CHECK_FALSE(hash.matches("Secret"));
        CHECK_FALSE(hash.matches(""));
        CHECK_FALSE(hash.matches("secret "));
    }
}

TEST_CASE("a password that goes on behind a zero is another one") {
    const password_hash hash{std::string(cheap_hash)};
    CHECK_FALSE(hash.matches(std::string("secret\0", 7)));
    CHECK_FALSE(hash.matches(std::string("secret\0more", 11)));
}

TEST_CASE("of a long password the first 72 bytes count, and no length is too much") {
    const password_hash hash{std::string(kedge::testing::hash_of_72)};
    CHECK(hash.matches(std::string(72, 'x')));
    CHECK(hash.matches(std::string(100'000, 'x')));
    CHECK_FALSE(hash.matches(std::string(71, 'x')));
}

TEST_CASE("what is no hash, or one that takes minutes, is refused when the server is made") {
    std::string salt_of_stars(cheap_hash);
    salt_of_stars[10] = '*';
    for (const std::string& wrong :
         {std::string(), std::string("secret"), std::string("$2b$04$tooshort"), std::string(cheap_hash) + "x",
          "$2c" + std::string(cheap_hash.substr(3)), "$2b$xx" + std::string(cheap_hash.substr(6)),
          "$2b$03" + std::string(cheap_hash.substr(6)), "$2b$17" + std::string(cheap_hash.substr(6)),
          salt_of_stars, std::string("$6$saltsalt$") + std::string(48, 'a')}) {
        CAPTURE(wrong);
        CHECK_THROWS_AS(password_hash{wrong}, std::invalid_argument);
    }
}

TEST_CASE("texts are the same when all of them is") {
    CHECK(same_text("", ""));
    CHECK(same_text("abc", "abc"));
    CHECK_FALSE(same_text("abc", "abd"));
    CHECK_FALSE(same_text("abc", ""));
    CHECK_FALSE(same_text("", "abc"));
    CHECK_FALSE(same_text("abcabc", "abc"));
    CHECK_FALSE(same_text("abc", "abcabc"));
}

}  // namespace password_test
