#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace kedge::cluster {

/// What the URL of a Redis server says.
struct redis_url {
    std::string host;  ///< empty when `path` is set
    std::uint16_t port = 6379;
    std::string path;  ///< of a UNIX socket
    bool secure = false;
    std::string user;
    std::string password;
    unsigned database = 0;
};

/// Reads redis://[user[:password]@]host[:port][/database], rediss://… for TLS, and
/// unix://[user[:password]@]/path/of/socket[?db=database] (redis+unix:// likewise). User and password are
/// percent-decoded; IPv6 hosts stand in brackets. Throws std::invalid_argument that says what is wrong, and
/// never shows the password.
redis_url parse_redis_url(std::string_view url);

}  // namespace kedge::cluster
