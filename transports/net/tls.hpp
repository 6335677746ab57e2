#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

namespace kedge::transports {

/// A certificate chain and its key, in PEM, each from a file or from memory.
struct tls_certificate {
    std::string chain_file{};  ///< the server's certificate first, then the intermediate ones
    std::string key_file{};
    std::string chain{};     ///< used when chain_file is empty
    std::string key{};       ///< used when key_file is empty
    std::string password{};  ///< of an encrypted key
};

enum class tls_version : std::uint8_t { v1_0, v1_1, v1_2, v1_3 };

/// Whether clients are asked for a certificate.
enum class client_certificates : std::uint8_t {
    none,
    optional,  ///< taken without one too, and with one that does not verify: peer_certificate::verified tells
    required,  ///< the handshake fails without a certificate that verifies
};

struct tls_options {
    tls_certificate certificate{};
    /// Other certificates by server name, in lower case: "chat.example.com", "*.example.com".
    std::map<std::string, tls_certificate> server_names{};
    /// TLS 1.0 and 1.1 are broken (BEAST, SHA-1 signatures), forbidden by RFC 8996 and by card industry
    /// rules; to offer them lowers OpenSSL's security level to 0 for all clients of this context, which
    /// admits weak keys as well.
    tls_version minimum = tls_version::v1_2;
    std::string ciphers{};       ///< of TLS 1.2 and older, in OpenSSL's notation; empty = its default
    std::string ciphersuites{};  ///< of TLS 1.3; empty = OpenSSL's default
    /// Session tickets: a returning client saves a round trip and the server a signature.
    bool tickets = true;
    client_certificates client = client_certificates::none;
    std::string client_ca_file{};  ///< who may sign client certificates, in PEM
    std::string client_ca{};       ///< used when client_ca_file is empty
};

struct tls_settings;  // one generation of what the options say, ready for use (tls_context.cpp)

/// What connections need for TLS, shared by any number of listeners. Thread-safe.
class tls_context {
  public:
    /// Throws std::runtime_error that says what is wrong with which file or option.
    explicit tls_context(tls_options options);
    ~tls_context();
    tls_context(const tls_context&) = delete;
    tls_context& operator=(const tls_context&) = delete;

    /// Reads the files again. Connections that are open go on; new ones get the new certificates. When it
    /// throws, the old ones stay.
    void reload();
    /// The same with other options.
    void reload(tls_options options);

    /// What a connection that begins now uses.
    std::shared_ptr<const tls_settings> settings() const;

  private:
    struct state;
    std::unique_ptr<state> state_;
};

}  // namespace kedge::transports
