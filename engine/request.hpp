#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kedge::engine {

/// One header as it came; `name` is lower-cased when it enters a request.
struct header_field {
    std::string_view name;
    std::string_view value;
};

/// The certificate a TLS client showed.
struct peer_certificate {
    std::string subject;
    std::string issuer;
    std::string serial;              ///< hexadecimal
    std::string fingerprint_sha256;  ///< hexadecimal, colon-separated
    std::string pem;
    bool verified = false;
};

/// Where a request came from.
struct origin {
    std::string address;  ///< the peer's address as text, or what a trusted proxy said
    std::uint16_t port = 0;
    bool secure = false;
    /// How many proxies have handed the connection on and are accounted for in the address.
    unsigned proxies = 0;
    std::shared_ptr<const peer_certificate> certificate;
};

/// The head of an HTTP request, immutable, in one block of memory, since every session keeps that of its
/// first request.
class request {
  public:
    request() = default;
    request(std::string_view method, std::string_view target, int minor_version,
            std::span<const header_field> headers, const origin& from, bool upgrade);
    request(request&&) noexcept = default;
    request& operator=(request&&) noexcept = default;

    std::string_view method() const noexcept;
    std::string_view target() const noexcept;        ///< as received, query string included
    std::string_view path() const noexcept;          ///< the target up to '?', undecoded
    std::string_view query_string() const noexcept;  ///< after '?', without it
    int minor_version() const noexcept;              ///< 0 for HTTP/1.0, 1 for HTTP/1.1
    bool upgrade() const noexcept;  ///< asks to leave HTTP (Connection: upgrade and an Upgrade header)

    /// The decoded value of a query parameter by the rules of URLSearchParams; of several the last one.
    std::optional<std::string> query(std::string_view key) const;
    /// All query parameters, decoded, each key once with its last value, in order of first appearance.
    std::vector<std::pair<std::string, std::string>> query_items() const;

    std::size_t header_count() const noexcept;
    header_field header_at(std::size_t index) const noexcept;  ///< in order of arrival, duplicates kept
    /// The first header of this (lower-case) name, or nothing. No allocation.
    std::optional<std::string_view> find(std::string_view name) const noexcept;
    /// As handshake.headers shows it, that is as Node does: duplicates joined by ", " ("; " for cookie), but
    /// of headers that count once (authorization, user-agent…) the first.
    std::optional<std::string> header(std::string_view name) const;
    /// All headers in that form, in order of first appearance.
    std::vector<std::pair<std::string, std::string>> header_items() const;

    std::string_view remote_address() const noexcept;
    std::uint16_t remote_port() const noexcept;
    bool secure() const noexcept;
    const peer_certificate* certificate() const noexcept;

  private:
    struct layout;  // offsets into block_, then the header table, then the text
    const layout& head() const noexcept;

    std::unique_ptr<char[]> block_;
    std::shared_ptr<const peer_certificate> certificate_;
};

using request_ptr = std::shared_ptr<const request>;

}  // namespace kedge::engine
