#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <kedge/engine/request.hpp>
#include <kedge/transports/net/rope.hpp>
#include <kedge/transports/net/tls.hpp>

struct bio_st;
struct ssl_st;

namespace kedge::transports {

/// The TLS memory of one worker: what OpenSSL reads from and writes to, shared by all connections of the
/// worker, one of which is at work at a time. Its address is its identity: it does not move.
class tls_io {
  public:
    tls_io();
    ~tls_io();
    tls_io(const tls_io&) = delete;
    tls_io& operator=(const tls_io&) = delete;

    std::string_view in;  ///< ciphertext not yet taken by OpenSSL
    std::string out;      ///< ciphertext made by OpenSSL, to be sent

    bio_st* bio() noexcept { return bio_; }
    /// Holds what one read buffer of ciphertext can decrypt to, a record begun earlier included; one spare
    /// byte.
    std::span<char> plain() noexcept;
    /// Where pieces that lie apart are gathered into one record.
    std::span<char> record() noexcept;

  private:
    bio_st* bio_;
    std::unique_ptr<char[]> plain_;
    std::unique_ptr<char[]> record_;
};

/// What became of ciphertext that was opened.
struct tls_opened {
    std::span<char> plain;  ///< in the worker's tls_io, until the next connection is at work
    bool ended = false;     ///< close_notify, or a failure: nothing more will come
    bool failed = false;
};

/// One connection's TLS. It has no buffers of its own while it is idle.
class tls_state {
  public:
    explicit tls_state(std::shared_ptr<tls_context> context);
    /// The side that begins; owns what it is given.
    explicit tls_state(ssl_st* client) noexcept;
    ~tls_state();
    tls_state(const tls_state&) = delete;
    tls_state& operator=(const tls_state&) = delete;

    /// Puts the connection to the TLS memory of the worker it lives on; at its first worker TLS begins.
    void attach(tls_io& io);

    /// Whether bytes were exchanged with OpenSSL: until then, unread bytes are ciphertext.
    bool begun() const noexcept { return begun_; }
    /// Whether the handshake is complete.
    bool established() const noexcept;
    bool resumed() const noexcept;
    /// The client's certificate, or null. Complete once established.
    std::shared_ptr<const engine::peer_certificate> certificate() const;
    /// The server name the client asked for; empty when it asked for none.
    std::string server_name() const;

    /// Decrypts all of `cipher`, or goes on with the handshake. Answers are left in io.out.
    tls_opened open(tls_io& io, std::string_view cipher);
    /// Encrypts from the front of `from` into io.out, in records as large as possible, until `from` is empty
    /// or io.out holds `enough` bytes. False when the connection has failed.
    bool seal(tls_io& io, rope& from, std::size_t enough);
    /// Writes close_notify into io.out.
    void shut_down(tls_io& io);

    std::string pending;  ///< ciphertext that the kernel has not taken

  private:
    bool shake_hands();

    std::shared_ptr<tls_context> context_;
    std::shared_ptr<const tls_settings> settings_;  // kept while the handshake may look up a server name
    ssl_st* ssl_ = nullptr;
    bool begun_ = false;
    bool failed_ = false;
};

}  // namespace kedge::transports
