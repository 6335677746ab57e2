#pragma once

#include <string>
#include <string_view>

#include <kedge/transports/http/exchange.hpp>

namespace kedge::transports {

inline constexpr std::string_view plain_text = "text/plain; charset=utf-8";

/// Answers 405 to whatever is neither GET nor HEAD; false when there was nothing to refuse.
bool refuse_writing(const exchange& asked);
/// Answers with a text that no cache keeps.
void reply_text(const exchange& asked, int status, std::string_view type, std::string text);

}  // namespace kedge::transports
