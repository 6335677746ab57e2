#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <kedge/transports/net/tls.hpp>

#include <test/transports/loopback.hpp>

namespace kedge::test {

struct tls_peer_options {
    std::string server_name;
    std::string protocols;  ///< for ALPN, in wire format
    transports::tls_certificate certificate;
    SSL_SESSION* resume = nullptr;
    int highest = TLS1_3_VERSION;
    bool weak = false;  ///< lowers the security level for TLS 1.0 and 1.1
};

/// A TLS client over a peer that never blocks the test.
class tls_peer {
  public:
    explicit tls_peer(peer socket, const tls_peer_options& options = {}) : socket_(std::move(socket)) {
        SSL_CTX* const context = SSL_CTX_new(TLS_client_method());
        SSL_CTX_set_max_proto_version(context, options.highest);
        if (options.weak) {
            SSL_CTX_set_security_level(context, 0);
            SSL_CTX_set_min_proto_version(context, TLS1_VERSION);
            SSL_CTX_set_cipher_list(context, "ALL:@SECLEVEL=0");
        }
        if (!options.certificate.chain.empty()) use(context, options.certificate);
        if (!options.protocols.empty())
            SSL_CTX_set_alpn_protos(context, reinterpret_cast<const unsigned char*>(options.protocols.data()),
                                    static_cast<unsigned>(options.protocols.size()));
        ssl_.reset(SSL_new(context));
        SSL_CTX_free(context);
        SSL_set_bio(ssl_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
        if (!options.server_name.empty()) SSL_set_tlsext_host_name(ssl_.get(), options.server_name.c_str());
        if (options.resume) SSL_set_session(ssl_.get(), options.resume);
        SSL_set_connect_state(ssl_.get());
    }

    /// Does what can be done now: the handshake, reading, sending.
    tls_peer& turn(std::size_t fragment = 0) {
        socket_.read();
        BIO_write(SSL_get_rbio(ssl_.get()), socket_.got().data(), static_cast<int>(socket_.got().size()));
        socket_.forget();
        ERR_clear_error();
        const int done = SSL_do_handshake(ssl_.get());
        if (done == 1)
            read();
        else if (SSL_get_error(ssl_.get(), done) == SSL_ERROR_SSL)
            failed_ = true;
        flush(fragment);
        return *this;
    }
    void write(std::string_view bytes) {
        SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()));
        flush(0);
    }
    void shut_down() {
        SSL_shutdown(ssl_.get());
        flush(0);
    }
    /// Frees the TLS state and leaves the socket open.
    peer leave() {
        ssl_.reset();
        return std::move(socket_);
    }

    bool ready() const { return SSL_is_init_finished(ssl_.get()) == 1; }
    bool failed() const { return failed_; }
    bool resumed() const { return SSL_session_reused(ssl_.get()) == 1; }
    bool notified() const { return (SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0; }
    const std::string& got() const { return got_; }
    void forget() { got_.clear(); }
    peer& socket() { return socket_; }
    SSL_SESSION* session() const { return SSL_get1_session(ssl_.get()); }
    std::string version() const { return SSL_get_version(ssl_.get()); }
    std::string protocol() const {
        const unsigned char* name = nullptr;
        unsigned size = 0;
        SSL_get0_alpn_selected(ssl_.get(), &name, &size);
        return {reinterpret_cast<const char*>(name), size};
    }
    /// The common name of the certificate that the server showed.
    std::string server_certificate() const {
        X509* const shown = SSL_get0_peer_certificate(ssl_.get());
        char name[256] = "";
        if (shown) X509_NAME_get_text_by_NID(X509_get_subject_name(shown), NID_commonName, name, sizeof name);
        return name;
    }

  private:
    static void use(SSL_CTX* context, const transports::tls_certificate& certificate) {
        BIO* const chain =
            BIO_new_mem_buf(certificate.chain.data(), static_cast<int>(certificate.chain.size()));
        X509* const leaf = PEM_read_bio_X509(chain, nullptr, nullptr, nullptr);
        SSL_CTX_use_certificate(context, leaf);
        X509_free(leaf);
        BIO_free(chain);
        BIO* const secret = BIO_new_mem_buf(certificate.key.data(), static_cast<int>(certificate.key.size()));
        EVP_PKEY* const key = PEM_read_bio_PrivateKey(secret, nullptr, nullptr, nullptr);
        SSL_CTX_use_PrivateKey(context, key);
        EVP_PKEY_free(key);
        BIO_free(secret);
    }
    void read() {
        char buffer[16 * 1024];
        for (;;) {
            const int count = SSL_read(ssl_.get(), buffer, sizeof buffer);
            if (count <= 0) {
                if (SSL_get_error(ssl_.get(), count) == SSL_ERROR_SSL) failed_ = true;
                return;
            }
            got_.append(buffer, static_cast<std::size_t>(count));
        }
    }
    /// Sends what TLS wants sent; at most `fragment` bytes when that is not 0.
    void flush(std::size_t fragment) {
        char* data = nullptr;
        const long size = BIO_get_mem_data(SSL_get_wbio(ssl_.get()), &data);
        unsent_.append(data, static_cast<std::size_t>(size));
        static_cast<void>(BIO_reset(SSL_get_wbio(ssl_.get())));
        const std::string_view part =
            std::string_view(unsent_).substr(0, fragment == 0 ? unsent_.size() : fragment);
        unsent_.erase(0, socket_.send(part));
    }

    struct free_ssl {
        void operator()(SSL* ssl) const { SSL_free(ssl); }
    };
    peer socket_;
    std::unique_ptr<SSL, free_ssl> ssl_;
    std::string got_;
    std::string unsent_;
    bool failed_ = false;
};

}  // namespace kedge::test
