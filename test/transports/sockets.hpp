#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <utility>

#include <kedge/transports/net/listen_socket.hpp>
#include <test/transports/raw_client.hpp>

namespace kedge::test {

/// 127.0.0.1, a port that is free.
inline transports::listen_address loopback() {
    transports::listen_address where;
    where.host = "127.0.0.1";
    return where;
}

template <class Address>
raw_client connect_to(int family, const Address& to) {
    const int descriptor = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (::connect(descriptor, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0)
        return raw_client::over(descriptor);
    ::close(descriptor);
    throw std::runtime_error("cannot connect");
}

inline raw_client connect_ipv6(std::uint16_t port) {
    sockaddr_in6 to{};
    to.sin6_family = AF_INET6;
    to.sin6_port = htons(port);
    to.sin6_addr = in6addr_loopback;
    return connect_to(AF_INET6, to);
}

inline raw_client connect_unix(const std::string& path) {
    sockaddr_un to{};
    to.sun_family = AF_UNIX;
    std::memcpy(to.sun_path, path.c_str(), path.size() + 1);
    return connect_to(AF_UNIX, to);
}

/// A folder that goes with its owner.
class scratch_folder {
  public:
    scratch_folder() {
        std::string made = (std::filesystem::temp_directory_path() / "kedge-test-XXXXXX").string();
        if (!::mkdtemp(made.data())) throw std::runtime_error("no scratch folder");
        path_ = std::filesystem::canonical(made);
    }
    ~scratch_folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    scratch_folder(const scratch_folder&) = delete;
    scratch_folder& operator=(const scratch_folder&) = delete;

    const std::filesystem::path& path() const { return path_; }
    std::string operator/(const std::string& name) const { return (path_ / name).string(); }

  private:
    std::filesystem::path path_;
};

}  // namespace kedge::test
