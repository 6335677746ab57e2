#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <kedge/sockjs/frames.hpp>
#include <kedge/sockjs/options.hpp>

namespace kedge::engine {
class request;
}
namespace kedge::transports {
class connection;
class header_list;
}  // namespace kedge::transports

namespace kedge::sockjs {

// What a service answers beside its frames.

inline constexpr std::string_view script_type = "application/javascript; charset=UTF-8";
inline constexpr std::string_view html_type = "text/html; charset=UTF-8";
inline constexpr std::string_view plain_type = "text/plain; charset=UTF-8";

/// No cache keeps the answer.
void forbid_caching(transports::header_list& to);
/// Every cache may keep it for a year.
void allow_caching(transports::header_list& to);
/// Lets the page that asks read the answer; `nobody`: whatever origin it tells is none.
void add_cors(transports::header_list& to, const engine::request& asked, const options& terms,
              bool nobody = false);
/// The cookie by which load balancers know a client, where the service has one.
void add_cookie(transports::header_list& to, const engine::request& asked, const options& terms);

/// Whether a page of the origin that asks may use the service; who tells none is no page.
bool allowed_origin(const engine::request& asked, const options& terms);

void answer_greeting(transports::connection& at);
void answer_info(transports::connection& at, const options& terms, std::uint32_t entropy);
/// `script`: where the client's library is.
void answer_iframe(transports::connection& at, std::string_view script);
/// The client's library, where it was embedded.
void answer_script(transports::connection& at);
void answer_preflight(transports::connection& at, std::string_view methods, const options& terms);
void answer_not_found(transports::connection& at);
void answer_wrong_method(transports::connection& at, std::string_view allowed);
/// A text with the headers that the connection has already.
void answer_text(transports::connection& at, int status, std::string_view type, std::string_view text);

/// The function that a JSONP or htmlfile request names; nothing, and an answer that says why, when it is
/// missing or could be script of its own.
std::optional<std::string> read_callback(transports::connection& at, std::size_t longest);

/// What a stream begins with.
std::string prelude(wrapping how, std::string_view callback);

}  // namespace kedge::sockjs
