#include <kedge/transports/net/tls_client.hpp>

#include <arpa/inet.h>

#include <new>
#include <stdexcept>
#include <utility>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <kedge/transports/net/tls_settings.hpp>
#include <kedge/transports/net/tls_state.hpp>

namespace kedge::transports {

namespace {

[[noreturn]] void refuse(const std::string& what) {
    ERR_clear_error();
    throw std::runtime_error("TLS: " + what);
}

void trust(SSL_CTX* context, const std::string& pem) {
    BIO* const in = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
    int found = 0;
    while (X509* const authority = PEM_read_bio_X509(in, nullptr, nullptr, nullptr)) {
        X509_STORE_add_cert(SSL_CTX_get_cert_store(context), authority);
        X509_free(authority);
        ++found;
    }
    BIO_free(in);
    ERR_clear_error();  // the end of the text
    if (found == 0) refuse("the CA given as text holds no certificate in PEM");
}

bool is_address(const std::string& name) noexcept {
    unsigned char unused[16];
    return ::inet_pton(AF_INET, name.c_str(), unused) == 1 ||
           ::inet_pton(AF_INET6, name.c_str(), unused) == 1;
}

/// Whom the certificate must name; a host name is also said to the server, which may have several.
void expect(SSL* connection, const std::string& name, server_verification verify) {
    const bool address = is_address(name);
    if (!address) SSL_set_tlsext_host_name(connection, name.c_str());
    if (verify == server_verification::none) return;
    X509_VERIFY_PARAM* const rules = SSL_get0_param(connection);
    if (address)
        X509_VERIFY_PARAM_set1_ip_asc(rules, name.c_str());
    else
        X509_VERIFY_PARAM_set1_host(rules, name.c_str(), name.size());
}

}  // namespace

struct tls_client::state {
    tls_client_options options;
    ssl_context context;
};

tls_client::tls_client(tls_client_options options)
    : state_(
          std::make_unique<state>(state{std::move(options), ssl_context(SSL_CTX_new(TLS_client_method()))})) {
    SSL_CTX* const context = state_->context.get();
    if (!context) refuse("OpenSSL cannot make a context");
    const tls_client_options& made = state_->options;
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    if (made.verify == server_verification::none) return;
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    if (!made.ca_file.empty()) {
        if (SSL_CTX_load_verify_file(context, made.ca_file.c_str()) != 1)
            refuse("cannot read certificates from the CA file " + made.ca_file);
    } else if (!made.ca.empty()) {
        trust(context, made.ca);
    } else {
        SSL_CTX_set_default_verify_paths(context);
    }
}

tls_client::~tls_client() = default;

void tls_client::start(detached_stream& plain, const std::string& host) const {
    SSL* const connection = SSL_new(state_->context.get());
    if (!connection) throw std::bad_alloc();
    plain.tls = std::make_unique<tls_state>(connection);
    const std::string& name = state_->options.server_name;
    expect(connection, name.empty() ? host : name, state_->options.verify);
    plain.from.secure = true;
}

}  // namespace kedge::transports
