#pragma once

#include <memory>
#include <string>

#include <kedge/transports/net/detached_stream.hpp>

namespace kedge::transports {

/// Whether the other side must show that it is who it is called.
enum class server_verification : std::uint8_t { required, none };

struct tls_client_options {
    server_verification verify = server_verification::required;
    /// Who may sign the server's certificate, in PEM; empty: whom the system trusts.
    std::string ca_file{};
    std::string ca{};  ///< used when ca_file is empty
    /// The name that the certificate must have; empty: the host that is connected to.
    std::string server_name{};
};

/// TLS for connections that this program makes. Thread-safe.
class tls_client {
  public:
    /// Throws std::runtime_error that says what is wrong with which file.
    explicit tls_client(tls_client_options options);
    ~tls_client();
    tls_client(const tls_client&) = delete;
    tls_client& operator=(const tls_client&) = delete;

    /// Lets TLS begin on a fresh connection to `host`. A server that cannot show who it is ends it.
    void start(detached_stream& plain, const std::string& host) const;

  private:
    struct state;
    std::unique_ptr<state> state_;
};

}  // namespace kedge::transports
