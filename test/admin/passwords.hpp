#pragma once

#include <string_view>

namespace kedge::testing {

// Hashes of bcrypt's lowest cost, which take a millisecond.
inline constexpr std::string_view cheap_hash =
    "$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW";  // secret
inline constexpr std::string_view hash_of_72 =
    "$2b$04$abcdefghijklmnopqrstuubzadhGtS2zEF.gu0yd0opP6cVzb.e0i";  // 72 times x

}  // namespace kedge::testing
