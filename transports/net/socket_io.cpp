#include <kedge/transports/net/socket_io.hpp>

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <string_view>

#include <kedge/transports/loop/kernel.hpp>
#include <kedge/transports/loop/worker.hpp>
#include <kedge/transports/net/rope.hpp>
#include <kedge/transports/net/stream_share.hpp>
#include <kedge/transports/net/tls_state.hpp>

namespace kedge::transports {

namespace {

// Plaintext is sealed no further than this ahead of what the kernel takes: what waits, waits unsealed.
constexpr std::size_t sealed_at_once = 256 * 1024;
constexpr std::size_t pieces_at_once = 64;

// A descriptor may be shared with who lets it block: no call waits here.
constexpr int receive_flags = MSG_DONTWAIT;
#ifdef MSG_NOSIGNAL
constexpr int send_flags = MSG_DONTWAIT | MSG_NOSIGNAL;
#else
constexpr int send_flags = MSG_DONTWAIT;  // SO_NOSIGPIPE was set when the socket was accepted
#endif

/// Sends once; the bytes taken, or -1 with errno.
ssize_t send_pieces(worker& home, int descriptor, std::span<iovec> pieces) noexcept {
    ssize_t sent = 0;
    do {
        if (pieces.size() == 1) {
            sent = os().send(descriptor, pieces[0].iov_base, pieces[0].iov_len, send_flags);
        } else {
            msghdr message{};
            message.msg_iov = pieces.data();
            message.msg_iovlen = static_cast<decltype(message.msg_iovlen)>(pieces.size());
            sent = os().sendmsg(descriptor, &message, send_flags);
        }
    } while (sent < 0 && errno == EINTR);
    if (sent > 0) home.counters().bytes_out.add(static_cast<std::uint64_t>(sent));
    return sent;
}

flushed failure() noexcept {
    return errno == EAGAIN || errno == EWOULDBLOCK ? flushed::blocked : flushed::failed;
}

flushed flush_plain(worker& home, int descriptor, rope& waiting) {
    std::array<iovec, pieces_at_once> pieces;
    while (!waiting.empty()) {
        const std::size_t count = waiting.gather(pieces);
        std::size_t offered = 0;
        for (std::size_t i = 0; i < count; ++i) offered += pieces[i].iov_len;
        const ssize_t sent = send_pieces(home, descriptor, std::span(pieces).first(count));
        if (sent < 0) return failure();
        waiting.consume(static_cast<std::size_t>(sent));
        if (static_cast<std::size_t>(sent) < offered) return flushed::blocked;
    }
    return flushed::all;
}

/// Sends all of io.out; what the kernel refuses is kept in tls.pending.
flushed send_sealed(worker& home, int descriptor, tls_state& tls, tls_io& io) {
    iovec piece{io.out.data(), io.out.size()};
    const ssize_t sent = piece.iov_len == 0 ? 0 : send_pieces(home, descriptor, {&piece, 1});
    if (sent < 0 && failure() == flushed::failed) return flushed::failed;
    const std::size_t taken = sent < 0 ? 0 : static_cast<std::size_t>(sent);
    if (taken == io.out.size()) return flushed::all;
    tls.pending.assign(io.out, taken);
    return flushed::blocked;
}

flushed flush_sealed(worker& home, int descriptor, tls_state& tls, rope& waiting) {
    tls_io& io = stream_share::of(home).tls();
    for (;;) {
        io.out.assign(tls.pending);
        std::string().swap(tls.pending);
        const bool sound = tls.seal(io, waiting, sealed_at_once);
        const flushed now = send_sealed(home, descriptor, tls, io);
        io.out.clear();
        if (!sound) return flushed::failed;
        if (now != flushed::all) return now;
        if (waiting.empty()) return flushed::all;
        if (!tls.established()) return flushed::blocked;  // until the handshake is complete
    }
}

}  // namespace

flushed flush(worker& home, int descriptor, tls_state* tls, rope& waiting) {
    return tls ? flush_sealed(home, descriptor, *tls, waiting) : flush_plain(home, descriptor, waiting);
}

flushed flush(worker& home, int descriptor, std::string_view& waiting) noexcept {
    iovec piece{const_cast<char*>(waiting.data()), waiting.size()};
    const ssize_t sent = send_pieces(home, descriptor, {&piece, 1});
    if (sent < 0) return failure();
    waiting.remove_prefix(static_cast<std::size_t>(sent));
    return waiting.empty() ? flushed::all : flushed::blocked;
}

received receive(worker& home, int descriptor, std::size_t most) noexcept {
    const std::span<char> buffer = home.read_buffer().first(most);
    for (;;) {
        const ssize_t count = os().recv(descriptor, buffer.data(), buffer.size(), receive_flags);
        if (count > 0) {
            home.counters().bytes_in.add(static_cast<std::uint64_t>(count));
            return {received::kind::bytes, static_cast<std::size_t>(count)};
        }
        if (count == 0) return {received::kind::end};
        if (errno == EINTR) continue;
        return {failure() == flushed::blocked ? received::kind::nothing : received::kind::failed};
    }
}

}  // namespace kedge::transports
