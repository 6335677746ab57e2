#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include <openssl/ssl.h>

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

inline SSL_CTX* tls_settings::find(std::string_view server_name) const {
    std::string name(server_name);
    for (char& each : name)
        if (each >= 'A' && each <= 'Z') each = static_cast<char>(each - 'A' + 'a');
    if (const auto exact = by_name.find(name); exact != by_name.end()) return exact->second.get();
    const std::size_t dot = name.find('.');
    if (dot == std::string::npos) return main.get();
    const auto wildcard = by_name.find("*" + name.substr(dot));
    return wildcard != by_name.end() ? wildcard->second.get() : main.get();
}

}  // namespace kedge::transports
