#include <kedge/transports/net/tls.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <mutex>
#include <stdexcept>
#include <string_view>
#include <utility>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <kedge/transports/net/ticket_keys.hpp>
#include <kedge/transports/net/tls_settings.hpp>

namespace kedge::transports {

namespace {

struct free_openssl {
    void operator()(BIO* it) const noexcept { BIO_free(it); }
    void operator()(X509* it) const noexcept { X509_free(it); }
    void operator()(EVP_PKEY* it) const noexcept { EVP_PKEY_free(it); }
};
template <class T>
using owned = std::unique_ptr<T, free_openssl>;

[[noreturn]] void fail(const std::string& what) {
    char reason[160] = "";
    if (const unsigned long code = ERR_peek_last_error(); code != 0)
        ERR_error_string_n(code, reason, sizeof reason);
    ERR_clear_error();
    throw std::runtime_error("TLS: " + what + (*reason ? " (" + std::string(reason) + ")" : ""));
}

/// A file's bytes, or those given; `shown` names them in errors.
struct pem_text {
    std::string bytes;
    std::string shown;
};

pem_text load(const std::string& file, const std::string& given, const std::string& what) {
    if (file.empty()) {
        if (given.empty()) fail("no " + what + " was given: name a file or give PEM text");
        return {given, "the " + what + " given as text"};
    }
    std::ifstream in(file, std::ios::binary);
    if (!in) fail("cannot read the " + what + " file " + file);
    return {std::string(std::istreambuf_iterator<char>(in), {}), file};
}

owned<BIO> reader(const pem_text& text) {
    return owned<BIO>(BIO_new_mem_buf(text.bytes.data(), static_cast<int>(text.bytes.size())));
}

/// Never asks on the terminal, as OpenSSL's own callback would.
int give_password(char* buffer, int size, int, void* password) {
    const auto& text = *static_cast<const std::string*>(password);
    const auto length = std::min(text.size(), static_cast<std::size_t>(size));
    std::copy_n(text.data(), length, buffer);
    return static_cast<int>(length);
}

void use_chain(SSL_CTX* context, const pem_text& text) {
    const owned<BIO> in = reader(text);
    const owned<X509> leaf(PEM_read_bio_X509_AUX(in.get(), nullptr, nullptr, nullptr));
    if (!leaf) fail(text.shown + " holds no certificate in PEM");
    if (SSL_CTX_use_certificate(context, leaf.get()) != 1)
        fail("the certificate in " + text.shown + " is refused");
    while (X509* next = PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr))
        if (SSL_CTX_add0_chain_cert(context, next) != 1) fail("the chain in " + text.shown + " is refused");
    ERR_clear_error();  // the end of the text
}

void use_key(SSL_CTX* context, const pem_text& text, std::string password) {
    const owned<BIO> in = reader(text);
    const owned<EVP_PKEY> key(PEM_read_bio_PrivateKey(in.get(), nullptr, &give_password, &password));
    if (!key) fail(text.shown + " holds no private key that can be read; is its password right?");
    if (SSL_CTX_use_PrivateKey(context, key.get()) != 1 || SSL_CTX_check_private_key(context) != 1)
        fail("the key in " + text.shown + " does not belong to the certificate");
}

/// Who may sign client certificates; their names are told to the clients.
void trust_clients_of(SSL_CTX* context, const pem_text& text) {
    const owned<BIO> in = reader(text);
    X509_STORE* const store = SSL_CTX_get_cert_store(context);
    int found = 0;
    while (X509* read = PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr)) {
        const owned<X509> authority(read);
        if (X509_STORE_add_cert(store, read) != 1 || SSL_CTX_add_client_CA(context, read) != 1)
            fail("a certificate in " + text.shown + " is refused");
        ++found;
    }
    ERR_clear_error();
    if (found == 0) fail(text.shown + " holds no certificate in PEM");
}

int accept_any_certificate(int, X509_STORE_CTX*) {
    return 1;
}  // SSL_get_verify_result() still tells

void ask_clients(SSL_CTX* context, const tls_options& options) {
    if (options.client == client_certificates::none) return;
    trust_clients_of(context, load(options.client_ca_file, options.client_ca, "client CA"));
    if (options.client == client_certificates::optional)
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER, &accept_any_certificate);
    else
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
}

int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* in,
                    unsigned in_size, void*) {
    static constexpr unsigned char served[] = "\x08http/1.1\x08http/1.0";
    unsigned char* chosen = nullptr;
    if (SSL_select_next_proto(&chosen, out_size, served, sizeof served - 1, in, in_size) !=
        OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;  // the client speaks only what this server does not
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

int choose_certificate(SSL* connection, int*, void* settings) {
    const char* const name = SSL_get_servername(connection, TLSEXT_NAMETYPE_host_name);
    if (!name) return SSL_TLSEXT_ERR_NOACK;
    try {
        SSL_set_SSL_CTX(connection, static_cast<const tls_settings*>(settings)->find(name));
        return SSL_TLSEXT_ERR_OK;
    } catch (const std::bad_alloc&) {  // nothing may be thrown through OpenSSL
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    }
}

int wire_version(tls_version version) noexcept {
    switch (version) {
        case tls_version::v1_0:
            return TLS1_VERSION;
        case tls_version::v1_1:
            return TLS1_1_VERSION;
        case tls_version::v1_3:
            return TLS1_3_VERSION;
        case tls_version::v1_2:
            break;
    }
    return TLS1_2_VERSION;
}

void choose_ciphers(SSL_CTX* context, const tls_options& options) {
    const bool old = options.minimum < tls_version::v1_2;
    const std::string ciphers = options.ciphers.empty() && old ? "DEFAULT:@SECLEVEL=0" : options.ciphers;
    if (old) SSL_CTX_set_security_level(context, 0);
    if (!ciphers.empty() && SSL_CTX_set_cipher_list(context, ciphers.c_str()) != 1)
        fail("no cipher of \"" + ciphers + "\" is known");
    if (!options.ciphersuites.empty() && SSL_CTX_set_ciphersuites(context, options.ciphersuites.c_str()) != 1)
        fail("a ciphersuite of \"" + options.ciphersuites + "\" is not known");
    if (SSL_CTX_set_min_proto_version(context, wire_version(options.minimum)) != 1)
        fail("this OpenSSL does not offer the minimum version");
}

ssl_context make_context(const tls_options& options, const tls_certificate& certificate) {
    ssl_context made(SSL_CTX_new(TLS_server_method()));
    SSL_CTX* const context = made.get();
    if (!context) fail("OpenSSL cannot make a context");
    choose_ciphers(context, options);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                     SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    // Sessions live in tickets that the clients keep; the server remembers nothing.
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    static constexpr unsigned char id[] = "kedge";
    SSL_CTX_set_session_id_context(context, id, sizeof id - 1);
    if (!options.tickets) {
        SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
        SSL_CTX_set_num_tickets(context, 0);
    }
    use_chain(context, load(certificate.chain_file, certificate.chain, "certificate chain"));
    use_key(context, load(certificate.key_file, certificate.key, "private key"), certificate.password);
    ask_clients(context, options);
    SSL_CTX_set_alpn_select_cb(context, &choose_protocol, nullptr);
    return made;
}

/// Tickets that were made before a reload are taken after it, since the keys stay.
void use_keys(const tls_settings& settings, const std::shared_ptr<ticket_keys>& keys) {
    ticket_keys::attach(settings.main.get(), keys);
    for (const auto& [name, context] : settings.by_name) ticket_keys::attach(context.get(), keys);
}

std::shared_ptr<const tls_settings> make_settings(const tls_options& options,
                                                  const std::shared_ptr<ticket_keys>& keys) {
    ERR_clear_error();
    auto settings = std::make_shared<tls_settings>();
    settings->main = make_context(options, options.certificate);
    for (const auto& [name, certificate] : options.server_names)
        settings->by_name.emplace(name, make_context(options, certificate));
    if (!settings->by_name.empty()) {
        SSL_CTX_set_tlsext_servername_callback(settings->main.get(), &choose_certificate);
        SSL_CTX_set_tlsext_servername_arg(settings->main.get(), settings.get());
    }
    use_keys(*settings, keys);
    return settings;
}

}  // namespace

struct tls_context::state {
    mutable std::mutex mutex;  // taken once for each connection, and by reload()
    tls_options options;
    std::shared_ptr<transports::ticket_keys> keys = std::make_shared<transports::ticket_keys>();
    std::shared_ptr<const tls_settings> settings;

    std::shared_ptr<transports::ticket_keys> current_keys() const {
        const std::lock_guard lock(mutex);
        return keys;
    }
};

tls_context::tls_context(tls_options options) : state_(std::make_unique<state>()) {
    state_->settings = make_settings(options, state_->keys);
    state_->options = std::move(options);
}

tls_context::~tls_context() = default;

void tls_context::reload() {
    std::unique_lock lock(state_->mutex);
    tls_options options = state_->options;
    lock.unlock();
    reload(std::move(options));
}

void tls_context::reload(tls_options options) {
    // Not where clients show certificates: a ticket stands for one, and the reload may have withdrawn it.
    const bool anew = options.client != client_certificates::none;
    const auto keys = anew ? std::make_shared<ticket_keys>() : state_->current_keys();
    auto fresh = make_settings(options, keys);
    const std::lock_guard lock(state_->mutex);
    state_->keys = keys;
    state_->settings = std::move(fresh);
    state_->options = std::move(options);
}

std::shared_ptr<const tls_settings> tls_context::settings() const {
    const std::lock_guard lock(state_->mutex);
    return state_->settings;
}

}  // namespace kedge::transports
