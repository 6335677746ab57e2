#include <kedge/transports/net/tls_state.hpp>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <new>
#include <utility>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <kedge/transports/net/tls_settings.hpp>

namespace kedge::transports {

namespace {

constexpr std::size_t record_size = 16 * 1024;
constexpr std::size_t plain_size =
    64 * 1024 + record_size;  // a read buffer, and a record that began before it

int read_in(BIO* bio, char* into, std::size_t size, std::size_t* count) {
    auto& io = *static_cast<tls_io*>(BIO_get_data(bio));
    BIO_clear_retry_flags(bio);
    *count = std::min(size, io.in.size());
    if (*count == 0) {
        BIO_set_retry_read(bio);
        return 0;
    }
    std::memcpy(into, io.in.data(), *count);
    io.in.remove_prefix(*count);
    return 1;
}

int append_out(BIO* bio, const char* from, std::size_t size, std::size_t* count) {
    *count = 0;
    try {
        static_cast<tls_io*>(BIO_get_data(bio))->out.append(from, size);
    } catch (const std::bad_alloc&) {  // nothing may be thrown through OpenSSL: the connection fails
        return 0;
    }
    *count = size;
    return 1;
}

long answer_control(BIO*, int command, long, void*) {
    return command == BIO_CTRL_FLUSH ? 1 : 0;  // else OpenSSL takes each flight for failed
}

BIO_METHOD* make_method() {
    BIO_METHOD* const method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "kedge worker");
    if (!method) throw std::bad_alloc();
    BIO_meth_set_read_ex(method, &read_in);
    BIO_meth_set_write_ex(method, &append_out);
    BIO_meth_set_ctrl(method, &answer_control);
    return method;
}

std::string one_line(const X509_NAME* name) {
    BIO* const out = BIO_new(BIO_s_mem());
    X509_NAME_print_ex(out, name, 0, XN_FLAG_RFC2253 & ~static_cast<unsigned long>(ASN1_STRFLGS_ESC_MSB));
    char* data = nullptr;
    const long size = BIO_get_mem_data(out, &data);
    std::string text(data, static_cast<std::size_t>(size));
    BIO_free(out);
    return text;
}

std::string serial_of(const X509* certificate) {
    BIGNUM* const number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nullptr);
    char* const digits = BN_bn2hex(number);
    std::string text = digits ? digits : "";
    OPENSSL_free(digits);
    BN_free(number);
    return text;
}

std::string fingerprint_of(const X509* certificate) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    if (X509_digest(certificate, EVP_sha256(), digest, &size) != 1) return {};
    std::string text;
    for (unsigned i = 0; i < size; ++i) {
        char hex[4];
        std::snprintf(hex, sizeof hex, i == 0 ? "%02X" : ":%02X", digest[i]);
        text += hex;
    }
    return text;
}

std::string pem_of(X509* certificate) {
    BIO* const out = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(out, certificate);
    char* data = nullptr;
    const long size = BIO_get_mem_data(out, &data);
    std::string text(data, static_cast<std::size_t>(size));
    BIO_free(out);
    return text;
}

}  // namespace

tls_io::tls_io() {
    static BIO_METHOD* const method = make_method();
    bio_ = BIO_new(method);
    if (!bio_) throw std::bad_alloc();
    BIO_set_data(bio_, this);
    BIO_set_init(bio_, 1);
}

tls_io::~tls_io() {
    BIO_free(bio_);
}

std::span<char> tls_io::plain() noexcept {
    if (!plain_) plain_ = std::make_unique<char[]>(plain_size + 1);
    return {plain_.get(), plain_size};
}

std::span<char> tls_io::record() noexcept {
    if (!record_) record_ = std::make_unique<char[]>(record_size);
    return {record_.get(), record_size};
}

tls_state::tls_state(std::shared_ptr<tls_context> context) : context_(std::move(context)) {}

tls_state::tls_state(ssl_st* client) noexcept : ssl_(client) {
    SSL_set_connect_state(client);
}

tls_state::~tls_state() {
    SSL_free(ssl_);
}

void tls_state::attach(tls_io& io) {
    if (!ssl_) {
        settings_ = context_->settings();
        context_.reset();
        ssl_ = SSL_new(settings_->main.get());
        if (!ssl_) throw std::bad_alloc();
        SSL_set_accept_state(ssl_);
    }
    if (SSL_get_rbio(ssl_) != io.bio()) {  // on the same worker again, SSL_set_bio would take none
        BIO_up_ref(io.bio());              // and else it takes one, when both are the same
        SSL_set_bio(ssl_, io.bio(), io.bio());
    }
    if (begun_ || SSL_is_server(ssl_) == 1) return;
    shake_hands();  // a client speaks first
    pending = std::exchange(io.out, {});
}

bool tls_state::established() const noexcept {
    return begun_ && SSL_is_init_finished(ssl_) == 1;
}

bool tls_state::resumed() const noexcept {
    return SSL_session_reused(ssl_) == 1;
}

std::string tls_state::server_name() const {
    const char* const name = SSL_get_servername(ssl_, TLSEXT_NAMETYPE_host_name);
    return name ? name : "";
}

std::shared_ptr<const engine::peer_certificate> tls_state::certificate() const {
    X509* const shown = SSL_get0_peer_certificate(ssl_);
    if (!shown) return nullptr;
    auto certificate = std::make_shared<engine::peer_certificate>();
    certificate->subject = one_line(X509_get_subject_name(shown));
    certificate->issuer = one_line(X509_get_issuer_name(shown));
    certificate->serial = serial_of(shown);
    certificate->fingerprint_sha256 = fingerprint_of(shown);
    certificate->pem = pem_of(shown);
    certificate->verified = SSL_get_verify_result(ssl_) == X509_V_OK;
    return certificate;
}

/// Returns true when the handshake is complete.
bool tls_state::shake_hands() {
    begun_ = true;
    ERR_clear_error();
    const int done = SSL_do_handshake(ssl_);
    if (done == 1) {
        settings_.reset();
        return true;
    }
    const int error = SSL_get_error(ssl_, done);
    failed_ = error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE;
    return false;
}

tls_opened tls_state::open(tls_io& io, std::string_view cipher) {
    if (failed_) return {{}, true, false};
    io.in = cipher;
    const std::span<char> plain = io.plain();
    tls_opened opened;
    if (established() || shake_hands()) {
        std::size_t filled = 0;
        while (filled < plain.size()) {
            ERR_clear_error();
            std::size_t count = 0;
            const int read = SSL_read_ex(ssl_, plain.data() + filled, plain.size() - filled, &count);
            filled += count;
            if (read == 1) continue;
            const int error = SSL_get_error(ssl_, read);
            opened.ended = error == SSL_ERROR_ZERO_RETURN;
            failed_ = !opened.ended && error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE;
            break;
        }
        opened.plain = plain.first(filled);
    }
    opened.failed = failed_;
    opened.ended = opened.ended || failed_;
    io.in = {};
    return opened;
}

bool tls_state::seal(tls_io& io, rope& from, std::size_t enough) {
    while (!from.empty() && !failed_ && established() && io.out.size() < enough) {
        const std::string_view piece = from.front(io.record());
        ERR_clear_error();
        std::size_t count = 0;
        if (SSL_write_ex(ssl_, piece.data(), piece.size(), &count) != 1) {
            failed_ = true;
            break;
        }
        from.consume(count);
    }
    return !failed_;
}

void tls_state::shut_down(tls_io& io) {
    io.out.clear();
    if (failed_ || !established()) return;
    ERR_clear_error();
    SSL_shutdown(ssl_);
    ERR_clear_error();
}

}  // namespace kedge::transports
