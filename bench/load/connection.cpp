#include <openssl/ssl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <bench/load/connection.hpp>
#include <cerrno>

namespace bench {
namespace {

// As many bytes as one wake-up reads; connections take turns.
std::array<char, 256 * 1024> read_buffer;

SSL_CTX* context() {
    static SSL_CTX* const one = [] {
        auto* made = SSL_CTX_new(TLS_client_method());
        SSL_CTX_set_verify(made, SSL_VERIFY_NONE, nullptr);
        SSL_CTX_set_mode(made, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                   SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
        SSL_CTX_set_read_ahead(made, 1);
        return made;
    }();
    return one;
}

}  // namespace

struct connection::tls_state {
    explicit tls_state(int descriptor) : ssl(SSL_new(context())) {
        SSL_set_fd(ssl, descriptor);
        SSL_set_connect_state(ssl);
    }
    ~tls_state() { SSL_free(ssl); }
    tls_state(const tls_state&) = delete;
    tls_state& operator=(const tls_state&) = delete;

    SSL* ssl;
};

connection::connection(poller& poll, const target& where, std::size_t number, connection_owner& owner)
    : poll_(poll), owner_(owner), descriptor_(connect_to(where.port, number)) {
    if (where.tls) tls_ = std::make_unique<tls_state>(descriptor_);
    poll_.add(descriptor_, *this);
}

connection::~connection() {
    close(descriptor_);
}

long connection::read_some(char* to, std::size_t room) {
    if (!tls_) return recv(descriptor_, to, room, 0);
    const int count = SSL_read(tls_->ssl, to, static_cast<int>(room));
    if (count > 0) return count;
    errno = SSL_get_error(tls_->ssl, count) == SSL_ERROR_WANT_READ ? EAGAIN : ECONNRESET;
    return -1;
}

long connection::write_some(std::string_view bytes) {
    if (!tls_) return ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    const int count = SSL_write(tls_->ssl, bytes.data(), static_cast<int>(bytes.size()));
    if (count > 0) return count;
    const int reason = SSL_get_error(tls_->ssl, count);
    errno = reason == SSL_ERROR_WANT_READ || reason == SSL_ERROR_WANT_WRITE ? EAGAIN : ECONNRESET;
    return -1;
}

void connection::send(std::string_view bytes) {
    if (unsent_.empty()) {
        const long count = write_some(bytes);
        if (count == static_cast<long>(bytes.size())) return;
        if (count > 0) bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    unsent_ += bytes;
    // A TLS handshake under way is waited for by reading, everything else by writing.
    if (!waiting_ && !(tls_ && !SSL_is_init_finished(tls_->ssl))) {
        waiting_ = true;
        poll_.want_writable(descriptor_, *this, true);
    }
}

void connection::flush() {
    while (!unsent_.empty()) {
        const long count = write_some(unsent_);
        if (count <= 0) return;
        unsent_.erase(0, static_cast<std::size_t>(count));
    }
    if (!waiting_) return;
    waiting_ = false;
    poll_.want_writable(descriptor_, *this, false);
}

void connection::on_ready(std::uint32_t events) {
    if ((events & EPOLLOUT) != 0) flush();
    if ((events & ~static_cast<std::uint32_t>(EPOLLOUT)) == 0) return;
    const long count = read_some(read_buffer.data(), read_buffer.size());
    const bool over = count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR);
    if (tls_ && !unsent_.empty()) flush();
    if (count > 0) {
        // TLS hands out a record at a time; whatever else has been decrypted must not wait for the socket.
        std::size_t filled = static_cast<std::size_t>(count);
        while (tls_ && SSL_has_pending(tls_->ssl) != 0 && filled < read_buffer.size()) {
            const long more = read_some(read_buffer.data() + filled, read_buffer.size() - filled);
            if (more <= 0) break;
            filled += static_cast<std::size_t>(more);
        }
        owner_.on_bytes({read_buffer.data(), filled});
    } else if (over) {
        owner_.on_end();
    }
}

}  // namespace bench
