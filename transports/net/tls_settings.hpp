#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include <openssl/ssl.h>

#include <kedge/transports/net/tls.hpp>

namespace kedge::transports {

struct ssl_context_deleter {
    void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
};
using ssl_context = std::unique_ptr<SSL_CTX, ssl_context_deleter>;

/// One generation of a tls_context: immutable, shared by the connections that began with it.
struct tls_settings {
    ssl_context main;
    std::map<std::string, ssl_context, std::less<>> by_name;

    /// The context for a server name; the main one when there is none of its own.
    SSL_CTX* find(std::string_view server_name) const;
};

}  // namespace kedge::transports
