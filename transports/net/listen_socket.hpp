#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace kedge::transports {

/// Where to listen. One of `path` and `descriptor` overrules host and port.
struct listen_address {
    /// A host name or address; empty = all of them, IPv6 and IPv4 ("::", or 0.0.0.0 where there is no IPv6).
    std::string host;
    std::uint16_t port = 0;  ///< 0 = one that is free
    bool ipv6_only = false;  ///< keeps IPv4 clients off an IPv6 address
    std::string path;        ///< a UNIX socket; a stale file of a dead process is replaced
    std::optional<unsigned>
        mode;             ///< permissions of the UNIX socket, for instance 0660; default by the umask
    int descriptor = -1;  ///< an inherited listening socket (socket activation)
    int backlog = 511;    ///< connections that may wait to be accepted
    /// Believed proxies (see server_options::trust_proxy) begin each connection with a PROXY header, version
    /// 1 or 2, before TLS and HTTP; without a right one it is closed. Connections of others are taken as they
    /// are.
    bool proxy_protocol = false;
};

/// A listening descriptor, non-blocking. Removes the file of a UNIX socket when it closes.
class listen_socket {
  public:
    /// Throws std::system_error that names the address and says what to do.
    explicit listen_socket(const listen_address& where);
    ~listen_socket();
    listen_socket(const listen_socket&) = delete;
    listen_socket& operator=(const listen_socket&) = delete;

    int descriptor() const noexcept { return descriptor_; }
    std::uint16_t port() const noexcept { return port_; }  ///< 0 for a UNIX socket
    /// "127.0.0.1:3000", "[::]:3000" or the path.
    const std::string& name() const noexcept { return name_; }
    bool tcp() const noexcept { return port_ != 0; }
    void close() noexcept;

  private:
    void listen_tcp(const listen_address& where);
    void listen_unix(const listen_address& where);
    void inherit(const listen_address& where);
    void begin(int backlog);
    void ask_name();

    int descriptor_ = -1;
    std::uint16_t port_ = 0;
    std::string name_;
    std::string owned_path_;
    std::uint64_t device_ = 0;  // of the file that was made, so that a successor's file is left alone
    std::uint64_t inode_ = 0;
};

/// The listening sockets that the service manager passed to this process (LISTEN_FDS, LISTEN_PID), in its
/// order.
std::vector<int> inherited_descriptors();

}  // namespace kedge::transports
