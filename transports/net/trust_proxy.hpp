#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kedge/engine/request.hpp>

namespace kedge::transports {

/// An IPv6 address, or an IPv4 one in its mapped form, so that "::ffff:10.0.0.1" and "10.0.0.1" are equal.
struct ip_address {
    std::array<std::uint8_t, 16> bytes{};

    static std::optional<ip_address> parse(std::string_view text);
    bool is_v4() const noexcept;
    /// As text: dotted for IPv4, the short form for IPv6.
    std::string text() const;
    friend bool operator==(const ip_address&, const ip_address&) = default;
};

/// Which proxies are believed when they say (X-Forwarded-For, X-Forwarded-Proto, the PROXY protocol) for whom
/// they speak. Believes nobody unless told otherwise.
class trust_proxy {
  public:
    /// Believes nobody.
    trust_proxy() = default;
    /// Believes these: addresses ("10.1.2.3"), networks ("10.0.0.0/8", "fd00::/8"), or one of the names
    /// "loopback", "linklocal", "uniquelocal", and "unix" for peers that come over a UNIX socket. Throws
    /// std::invalid_argument, naming the entry, when one is none of these.
    static trust_proxy networks(const std::vector<std::string>& entries);
    /// Believes the last `count` proxies in front of this server, whatever their addresses. Use it only where
    /// clients cannot reach the server past them.
    static trust_proxy hops(std::size_t count);

    bool empty() const noexcept { return hops_ == 0 && networks_.empty() && !unix_; }
    /// Whether the speaker at this address is believed; `hop` counts from 0, the direct peer.
    bool believes(std::string_view address, std::size_t hop) const;

    /// Where a request really came from: the nearest address in the chain of X-Forwarded-For that is not a
    /// believed proxy, and whether the client spoke TLS (X-Forwarded-Proto). The direct peer when it is not
    /// believed.
    engine::origin resolve(const engine::origin& peer, const engine::request& head) const;
    /// The request with the origin that resolve() finds.
    engine::request unveil(engine::request head, const engine::origin& peer) const;

  private:
    struct network {
        ip_address base;
        unsigned prefix_bits;
        bool contains(const ip_address& address) const noexcept;
    };
    void add(std::string_view entry);
    void add_network(std::string_view entry);

    std::vector<network> networks_;
    std::size_t hops_ = 0;
    bool unix_ = false;
};

}  // namespace kedge::transports
