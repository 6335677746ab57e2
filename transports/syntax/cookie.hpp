#pragma once

#include <cstdint>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>

namespace kedge::transports {

enum class same_site : std::uint8_t { unset, lax, strict, none };
enum class cookie_priority : std::uint8_t { unset, low, medium, high };

/// The reference's `cookie` option: a cookie with the session's id, for load balancers. Defaults as in the
/// reference.
struct cookie_options {
    std::string name = "io";
    std::optional<long> max_age{};  ///< seconds
    std::string domain{};
    std::string path = "/";
    std::optional<std::time_t> expires{};
    bool http_only = true;
    bool secure = false;
    bool partitioned = false;
    cookie_priority priority = cookie_priority::unset;
    transports::same_site same_site = transports::same_site::lax;
};

/// Throws std::invalid_argument when no cookie can be made of the options. To be called when they are set.
void check_cookie(const cookie_options& options);

/// The value of the Set-Cookie header; `value` is URI-encoded.
std::string serialize_cookie(const cookie_options& options, std::string_view value);

}  // namespace kedge::transports
