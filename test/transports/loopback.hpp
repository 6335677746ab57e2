#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>

#include <kedge/transports/loop/worker.hpp>
#include <kedge/transports/net/listener.hpp>
#include <kedge/transports/net/stream.hpp>

namespace kedge::test {

using namespace std::chrono_literals;

/// A worker on an io_context that the test turns by hand, until what it waits for is true.
class hand_turned {
  public:
    explicit hand_turned(transports::readiness_source how = transports::readiness_source::native)
        : worker(0, context, how) {}

    template <class Condition>
    bool until(Condition&& condition, std::chrono::milliseconds patience = 10s) {
        const auto deadline = std::chrono::steady_clock::now() + patience;
        while (!condition()) {
            if (std::chrono::steady_clock::now() > deadline) return false;
            if (context.stopped()) context.restart();
            context.run_one_for(5ms);
        }
        return true;
    }
    /// Runs all that is ready now.
    void settle() {
        if (context.stopped()) context.restart();
        while (context.poll() > 0) {
        }
    }

    boost::asio::io_context context;
    transports::worker worker;
};

/// The other end: a plain socket that never blocks the test.
class peer {
  public:
    peer() = default;
    explicit peer(int descriptor) : descriptor_(descriptor) { set_nonblocking(); }
    explicit peer(std::uint16_t port) : descriptor_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(port);
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        connected_ = ::connect(descriptor_, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0;
        set_nonblocking();
    }
    explicit peer(const std::string& path) : descriptor_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_un to{};
        to.sun_family = AF_UNIX;
        std::memcpy(to.sun_path, path.c_str(), path.size() + 1);
        connected_ = ::connect(descriptor_, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0;
        set_nonblocking();
    }
    peer(peer&& other) noexcept { *this = std::move(other); }
    peer& operator=(peer&& other) noexcept {
        std::swap(descriptor_, other.descriptor_);
        std::swap(connected_, other.connected_);
        std::swap(ended_, other.ended_);
        std::swap(reset_, other.reset_);
        std::swap(got_, other.got_);
        return *this;
    }
    ~peer() { close(); }

    int descriptor() const { return descriptor_; }
    bool connected() const { return connected_; }
    bool ended() const { return ended_; }  ///< read the end of file
    bool reset() const { return reset_; }
    const std::string& got() const { return got_; }
    void forget() { got_.clear(); }

    /// Sends what the kernel takes; returns how much.
    std::size_t send(std::string_view bytes) {
        const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        return sent < 0 ? 0 : static_cast<std::size_t>(sent);
    }
    /// Reads what is there.
    peer& read(std::size_t at_most = 1 << 20) {
        char buffer[16 * 1024];
        while (at_most > 0 && !ended_ && !reset_) {
            const ssize_t count = ::recv(descriptor_, buffer, std::min(sizeof buffer, at_most), 0);
            if (count < 0 && errno != EAGAIN) reset_ = true;
            if (count < 0) break;
            if (count == 0) ended_ = true;
            got_.append(buffer, static_cast<std::size_t>(count));
            at_most -= static_cast<std::size_t>(count);
        }
        return *this;
    }
    void half_close() { ::shutdown(descriptor_, SHUT_WR); }
    void close() {
        if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
    }
    /// Closes with a reset.
    void reset_connection() {
        const linger hard{1, 0};
        ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
        close();
    }

  private:
    void set_nonblocking() { ::fcntl(descriptor_, F_SETFL, ::fcntl(descriptor_, F_GETFL) | O_NONBLOCK); }

    int descriptor_ = -1;
    bool connected_ = false;
    bool ended_ = false;
    bool reset_ = false;
    std::string got_;
};

/// Owns a stream and keeps what it is told; does what the test wants done.
class recorder : public transports::mortal, public transports::stream_owner {
  public:
    recorder(transports::worker& home, transports::detached_stream from)
        : stream(home, std::move(from), *this) {}

    void on_bytes(std::span<char> bytes) override {
        ++reads;
        bytes.data()[bytes.size()] = 'X';  // the spare byte is ours as well
        got.append(bytes.data(), bytes.size());
        if (react) react(*this, {bytes.data(), bytes.size()});
    }
    void on_end() override {
        ++ends;
        if (react_end) react_end(*this);
    }
    void on_drain() override {
        ++drains;
        if (react_drain) react_drain(*this);
    }

    void on_fault() noexcept override { ++faults; }

    std::string got;
    int faults = 0;
    int reads = 0;
    int ends = 0;
    int drains = 0;
    std::function<void(recorder&, std::string_view)> react;
    std::function<void(recorder&)> react_end;
    std::function<void(recorder&)> react_drain;
    transports::stream stream;
};

/// A host that listens on loopback and makes a recorder of each connection.
class station {
  public:
    explicit station(transports::listen_options options = {},
                     transports::readiness_source how = transports::readiness_source::native)
        : host_(how) {
        if (options.where.path.empty() && options.where.descriptor < 0 && options.where.host.empty())
            options.where.host = "127.0.0.1";
        listener_ = std::make_unique<transports::listener>(
            host_.worker, std::vector{&host_.worker}, std::move(options),
            [this](transports::worker& home, transports::detached_stream stream) {
                auto made = std::make_unique<recorder>(home, std::move(stream));
                made->react = react;
                made->react_end = react_end;
                made->react_drain = react_drain;
                arrived.push_back(made.get());
                home.own(std::move(made));
            });
    }

    /// Both ends of a new connection: the client's, and `ours`.
    peer connect(recorder*& ours) {
        const std::size_t before = arrived.size();
        peer client(listener_->port());
        host_.until([&] { return arrived.size() > before; });
        ours = arrived.back();
        return client;
    }
    peer connect() {
        recorder* ours = nullptr;
        return connect(ours);
    }
    void bury(recorder* one) { host_.worker.bury(*one); }

    transports::worker& worker() { return host_.worker; }
    transports::listener& listener() { return *listener_; }
    std::uint16_t port() const { return listener_->port(); }
    template <class Condition>
    bool until(Condition&& condition) {
        return host_.until(std::forward<Condition>(condition));
    }
    void settle() { host_.settle(); }

    std::vector<recorder*> arrived;
    std::function<void(recorder&, std::string_view)> react;
    std::function<void(recorder&)> react_end;
    std::function<void(recorder&)> react_drain;

  private:
    hand_turned host_;
    std::unique_ptr<transports::listener> listener_;
};

}  // namespace kedge::test
