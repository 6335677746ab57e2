#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/ssl.h>

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kedge::test {

/// An answer as it came over the wire.
struct answer {
    int status = 0;
    std::string head;  ///< status line and header lines, without the empty line
    std::string body;

    /// The value of the first header of this name, in any case; empty when there is none.
    std::string header(std::string_view name) const {
        std::size_t at = head.find("\r\n");
        while (at != std::string::npos) {
            at += 2;
            const std::size_t end = std::min(head.find("\r\n", at), head.size());
            const std::string_view line = std::string_view(head).substr(at, end - at);
            const std::size_t colon = line.find(':');
            if (colon == name.size() && same(line.substr(0, colon), name)) {
                std::string_view value = line.substr(colon + 1);
                while (!value.empty() && value.front() == ' ') value.remove_prefix(1);
                return std::string(value);
            }
            at = end == head.size() ? std::string::npos : end;
        }
        return {};
    }
    bool has(std::string_view name) const { return count(name) > 0; }
    int count(std::string_view name) const {
        int found = 0;
        for (std::size_t at = head.find("\r\n"); at != std::string::npos; at = head.find("\r\n", at + 2)) {
            const std::string_view line = std::string_view(head).substr(at + 2);
            if (line.size() > name.size() && line[name.size()] == ':' &&
                same(line.substr(0, name.size()), name))
                ++found;
        }
        return found;
    }

    static bool same(std::string_view a, std::string_view b) {
        if (a.size() != b.size()) return false;
        for (std::size_t i = 0; i < a.size(); ++i)
            if ((a[i] | 0x20) != (b[i] | 0x20)) return false;
        return true;
    }
};

struct frame {
    bool final = false;
    int reserved = 0;
    int opcode = -1;
    std::string payload;
    std::string raw;  ///< as it came, header included
};

/// A blocking client that speaks exactly the bytes it is told to. Every wait ends after `patience`, with an
/// exception that fails the test.
class raw_client {
  public:
    static constexpr int patience_ms = 8000;

    explicit raw_client(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(port);
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (::connect(socket_, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0)
            throw std::runtime_error("cannot connect");
        const int on = 1;
        ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
    /// Speaks over a socket that is connected already.
    static raw_client over(int connected) { return raw_client(connected, connected_already{}); }
    raw_client(raw_client&& other) noexcept
        : socket_(std::exchange(other.socket_, -1)),
          read_(std::move(other.read_)),
          tls_(std::move(other.tls_)) {}
    raw_client(const raw_client&) = delete;
    raw_client& operator=(const raw_client&) = delete;
    ~raw_client() { drop(); }

    /// Speaks TLS from here on.
    raw_client& secure() {
        SSL_CTX* const context = SSL_CTX_new(TLS_client_method());
        tls_.reset(SSL_new(context));
        SSL_CTX_free(context);
        SSL_set_fd(tls_.get(), socket_);
        if (SSL_connect(tls_.get()) != 1) throw std::runtime_error("no TLS");
        return *this;
    }

    void drop() {
        if (socket_ >= 0) ::close(std::exchange(socket_, -1));
    }
    /// Ends with a reset.
    void reset() {
        const linger hard{1, 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
        drop();
    }
    void half_close() { ::shutdown(socket_, SHUT_WR); }
    int descriptor() const { return socket_; }

    /// Sends all; false when the peer has closed.
    bool send(std::string_view bytes) {
        while (!bytes.empty()) {
            const ssize_t sent = tls_ ? SSL_write(tls_.get(), bytes.data(), static_cast<int>(bytes.size()))
                                      : ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent <= 0) return false;
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }

    /// Reads what the socket has, once; false at its end.
    bool fill(int wait_ms = patience_ms) {
        pollfd ready{socket_, POLLIN, 0};
        const bool waiting = tls_ && SSL_pending(tls_.get()) > 0;
        if (!waiting && ::poll(&ready, 1, wait_ms) == 0) throw std::runtime_error("nothing came in time");
        char buffer[65536];
        const ssize_t got =
            tls_ ? SSL_read(tls_.get(), buffer, sizeof buffer) : ::recv(socket_, buffer, sizeof buffer, 0);
        if (got <= 0) return false;
        read_.append(buffer, static_cast<std::size_t>(got));
        return true;
    }
    std::string take(std::size_t size) {
        while (read_.size() < size)
            if (!fill()) throw std::runtime_error("the connection ended early");
        std::string taken = read_.substr(0, size);
        read_.erase(0, size);
        return taken;
    }
    std::string take_until(std::string_view mark) {
        std::size_t at;
        while ((at = read_.find(mark)) == std::string::npos)
            if (!fill()) throw std::runtime_error("the connection ended early: " + read_);
        std::string taken = read_.substr(0, at);
        read_.erase(0, at + mark.size());
        return taken;
    }
    /// All that comes until the peer closes.
    std::string take_all() {
        while (fill()) {
        }
        return std::exchange(read_, {});
    }
    /// Whether the peer closes without sending anything more.
    bool ends() { return read_.empty() && !fill() && read_.empty(); }
    /// Whether nothing has come and the connection stands, as far as `wait_ms` tell.
    bool quiet(int wait_ms = 60) {
        if (!read_.empty()) return false;
        pollfd ready{socket_, POLLIN, 0};
        return ::poll(&ready, 1, wait_ms) == 0;
    }

    /// Reads one answer. `bodiless`: it answers a HEAD.
    answer read_answer(bool bodiless = false) {
        answer result;
        result.head = take_until("\r\n\r\n");
        result.status = std::atoi(result.head.substr(9, 3).c_str());
        if (bodiless || result.status == 101 || result.status == 100 || result.status == 204 ||
            result.status == 304)
            return result;
        if (const std::string length = result.header("content-length"); !length.empty())
            result.body = take(std::stoul(length));
        else if (result.header("transfer-encoding") == "chunked")
            result.body = read_chunks();
        else
            result.body = take_all();
        return result;
    }

    answer request(std::string_view bytes) {
        send(bytes);
        return read_answer();
    }

    /// `method target`, with a body when it is not empty or the method is POST.
    static std::string head(std::string_view method, std::string_view target,
                            std::string_view more_headers = {}, std::string_view body = {}) {
        std::string bytes;
        bytes.append(method)
            .append(" ")
            .append(target)
            .append(" HTTP/1.1\r\nHost: test\r\n")
            .append(more_headers);
        if (!body.empty() || method == "POST")
            bytes.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n");
        return bytes.append("\r\n").append(body);
    }
    answer get(std::string_view target, std::string_view more_headers = {}) {
        return request(head("GET", target, more_headers));
    }
    answer post(std::string_view target, std::string_view body, std::string_view more_headers = {}) {
        return request(head("POST", target, more_headers, body));
    }

    static constexpr std::string_view upgrade_headers =
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    answer upgrade(std::string_view target, std::string_view more_headers = {}) {
        return request(head("GET", target, std::string(upgrade_headers).append(more_headers)));
    }

    /// Sends one masked frame. `first`: FIN, reserved bits and opcode.
    bool send_frame(int first, std::string_view payload) { return send(masked_frame(first, payload)); }
    bool send_text(std::string_view payload) { return send_frame(0x81, payload); }
    bool send_binary(std::string_view payload) { return send_frame(0x82, payload); }
    static std::string masked_frame(int first, std::string_view payload) {
        static constexpr char mask[] = {'\x12', '\x34', '\x56', '\x78'};
        std::string bytes(1, static_cast<char>(first));
        append_length(bytes, payload.size(), 0x80);
        bytes.append(mask, 4);
        for (std::size_t i = 0; i < payload.size(); ++i)
            bytes.push_back(static_cast<char>(payload[i] ^ mask[i % 4]));
        return bytes;
    }
    frame read_frame() {
        frame result;
        result.raw = take(2);
        const auto first = static_cast<unsigned char>(result.raw[0]);
        std::size_t size = static_cast<unsigned char>(result.raw[1]);
        if (size >= 126) {
            const std::string wide = take(size == 126 ? 2 : 8);
            size = 0;
            for (const char byte : wide) size = size << 8 | static_cast<unsigned char>(byte);
            result.raw += wide;
        }
        result.final = (first & 0x80) != 0;
        result.reserved = first >> 4 & 7;
        result.opcode = first & 15;
        result.payload = take(size);
        result.raw += result.payload;
        return result;
    }
    std::string read_text() {
        const frame got = read_frame();
        if (got.opcode != 1)
            throw std::runtime_error("expected a text frame, got opcode " + std::to_string(got.opcode));
        return got.payload;
    }

  private:
    struct connected_already {};
    raw_client(int connected, connected_already) noexcept : socket_(connected) {}

    static void append_length(std::string& to, std::size_t size, int mask_bit) {
        const int wide = size < 126 ? 0 : size < 65536 ? 2 : 8;
        to.push_back(static_cast<char>(mask_bit | (wide == 0   ? static_cast<int>(size)
                                                   : wide == 2 ? 126
                                                               : 127)));
        for (int shift = (wide - 1) * 8; shift >= 0; shift -= 8)
            to.push_back(static_cast<char>(size >> shift & 0xff));
    }
    std::string read_chunks() {
        std::string body;
        for (;;) {
            const std::size_t size = std::stoul(take_until("\r\n"), nullptr, 16);
            body += take(size);
            take_until("\r\n");
            if (size == 0) return body;
        }
    }

    struct free_tls {
        void operator()(SSL* which) const noexcept { SSL_free(which); }
    };
    int socket_;
    std::string read_;
    std::unique_ptr<SSL, free_tls> tls_;
};

}  // namespace kedge::test
