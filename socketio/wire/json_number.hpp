#pragma once

#include <span>
#include <string_view>

namespace kedge {

/// What a number of JSON is worth, as JavaScript reads it: infinite when it is too great for a double, 0 when
/// it is too small.
double read_double(std::string_view number);

/// Rewrites, in place and as long as before, those numbers of a JSON text that RapidJSON refuses (beyond the
/// range of double, or of hundreds of digits), so that it takes them for what they are worth. The text
/// between them, and what is no JSON, stays as it is.
void tame_numbers(std::span<char> text);

}  // namespace kedge
