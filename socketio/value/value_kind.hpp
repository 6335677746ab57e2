#pragma once

#include <cstdint>
#include <string_view>

namespace kedge {

/// What a decoded value is. `unsigned_integer` is only used for what does not fit int64.
enum class value_kind : std::uint8_t {
    null,
    boolean,
    integer,
    unsigned_integer,
    number,
    string,
    binary,
    array,
    object
};
/// The name of a kind in reports: "null", "boolean", "integer", "integer", "number", "string", "binary",
/// "array", "object".
std::string_view to_string(value_kind kind) noexcept;

}  // namespace kedge
