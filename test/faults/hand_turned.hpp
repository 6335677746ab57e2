#pragma once

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include <boost/asio/io_context.hpp>

#include <kedge/transports/loop/kernel.hpp>
#include <kedge/transports/net/detached_stream.hpp>

namespace kedge::test {

/// The time of servers under a hand_turned table.
inline engine::time_point& hand_turned_now() {
    static engine::time_point now{std::chrono::hours(100'000)};
    return now;
}

/// The real system calls, with a clock that stands still.
inline transports::kernel with_hand_turned_clock() {
    transports::kernel table = transports::real_kernel();
    table.now = []() noexcept -> std::chrono::steady_clock::time_point { return hand_turned_now(); };
    return table;
}

/// The client's end of a socketpair: it says what it is told to, and collects what comes.
class far_end {
  public:
    far_end() = default;
    explicit far_end(int descriptor) noexcept : descriptor_(descriptor) {}
    far_end(far_end&& other) noexcept
        : descriptor_(std::exchange(other.descriptor_, -1)),
          got_(std::move(other.got_)),
          ended_(other.ended_) {}
    far_end& operator=(far_end&& other) noexcept {
        std::swap(descriptor_, other.descriptor_);
        std::swap(got_, other.got_);
        std::swap(ended_, other.ended_);
        return *this;
    }
    ~far_end() { close(); }

    /// The kernel's buffers are large enough for all that the tests say; what is beyond is lost.
    void send(std::string_view bytes) {
        if (descriptor_ >= 0)
            (void)::send(descriptor_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    }
    void half_close() {
        if (descriptor_ >= 0) ::shutdown(descriptor_, SHUT_WR);
    }
    void close() {
        if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
    }
    bool open() const noexcept { return descriptor_ >= 0; }
    int descriptor() const noexcept { return descriptor_; }
    /// What has come since the last call.
    std::string take() {
        char buffer[16 * 1024];
        while (descriptor_ >= 0) {
            const ssize_t count = ::recv(descriptor_, buffer, sizeof buffer, MSG_DONTWAIT);
            if (count == 0) ended_ = true;
            if (count <= 0) break;
            got_.append(buffer, static_cast<std::size_t>(count));
        }
        return std::exchange(got_, {});
    }
    bool ended() const noexcept { return ended_; }

  private:
    int descriptor_ = -1;
    std::string got_;
    bool ended_ = false;
};

/// Both ends of a new connection.
inline std::pair<far_end, transports::detached_stream> connected_pair() {
    int ends[2] = {-1, -1};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) std::abort();
    return {far_end(ends[0]), transports::adopt(ends[1])};
}

/// A client of a UNIX socket.
inline far_end connected_to(const std::string& path) {
    const int made = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un to{};
    to.sun_family = AF_UNIX;
    std::memcpy(to.sun_path, path.c_str(), path.size() + 1);
    if (::connect(made, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) std::abort();
    return far_end(made);
}

}  // namespace kedge::test
