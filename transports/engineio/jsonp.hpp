#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace kedge::transports {

/// The digits of the query parameter `j`: which callback of the page is called.
std::string jsonp_index(std::string_view j);

/// Appends the script that hands `payload` (valid UTF-8) to the page: ___eio[<index>]("…");
void append_jsonp(std::string& to, std::string_view index, std::string_view payload);

/// The payload in the body of a form POST: field `d` with its newlines put right, as valid UTF-8. Nothing
/// when the field is missing or repeated; such a body is ignored.
std::optional<std::string> decode_jsonp_body(std::string_view form);

}  // namespace kedge::transports
