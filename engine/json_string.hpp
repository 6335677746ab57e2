#pragma once

#include <string>
#include <string_view>

namespace kedge::engine {

/// Appends a JSON string literal, quotes included, escaped as JSON.stringify does.
void append_json_string(std::string& to, std::string_view text);

}  // namespace kedge::engine
