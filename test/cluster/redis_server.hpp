#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>

#include <chrono>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <test/cluster/eventually.hpp>

extern char** environ;

namespace kedge::test {

/// A port of loopback that nobody has.
inline std::uint16_t free_port() {
    const int probe = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    if (::bind(probe, reinterpret_cast<const sockaddr*>(&at), size) != 0)
        throw std::runtime_error("no port is free");
    ::getsockname(probe, reinterpret_cast<sockaddr*>(&at), &size);
    ::close(probe);
    return ntohs(at.sin_port);
}

/// A Redis of this test alone, on a UNIX socket, that keeps nothing.
class redis_server {
  public:
    /// `more`: settings as on its command line.
    explicit redis_server(std::vector<std::string> more = {}) : more_(std::move(more)) {
        char name[] = "/tmp/kedge-redis-XXXXXX";
        if (!::mkdtemp(name)) throw std::runtime_error("no folder for Redis");
        folder_ = name;
        begin();
    }
    ~redis_server() {
        end();
        std::filesystem::remove_all(folder_);
    }
    redis_server(const redis_server&) = delete;
    redis_server& operator=(const redis_server&) = delete;

    std::string url() const { return "unix://" + path(); }
    std::string path() const { return folder_ + "/s"; }

    void begin() {
        std::vector<std::string> words{
            "redis-server", "--port", "0",     "--unixsocket", path(),      "--save",   "",
            "--appendonly", "no",     "--dir", folder_,        "--logfile", "/dev/null"};
        words.insert(words.end(), more_.begin(), more_.end());
        std::vector<char*> given;
        for (auto& each : words) given.push_back(each.data());
        given.push_back(nullptr);
        if (::posix_spawnp(&child_, "redis-server", nullptr, nullptr, given.data(), environ) != 0)
            throw std::runtime_error("redis-server is not installed");
        eventually([this] { return listens(); });
    }
    void end() {
        if (child_ <= 0) return;
        ::kill(child_, SIGKILL);
        ::waitpid(child_, nullptr, 0);
        child_ = 0;
    }

    void hang() const { ::kill(child_, SIGSTOP); }
    void go_on() const { ::kill(child_, SIGCONT); }

    /// Gives it a command, and waits for the first of its answer.
    char command(const std::string& line) const {
        const int to = connection();
        const std::string bytes = line + "\r\n";
        char first = 0;
        if (::write(to, bytes.data(), bytes.size()) < 0 || ::read(to, &first, 1) < 0) first = '-';
        ::close(to);
        return first;
    }

  private:
    /// Below zero: there is none.
    int connection() const {
        const int made = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_un to{};
        to.sun_family = AF_UNIX;
        std::memcpy(to.sun_path, path().c_str(), path().size() + 1);
        if (::connect(made, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0) return made;
        ::close(made);
        return -1;
    }
    bool listens() const {
        const int probe = connection();
        if (probe >= 0) ::close(probe);
        return probe >= 0;
    }

    std::vector<std::string> more_;
    std::string folder_;
    pid_t child_ = 0;
};

/// A Redis Cluster that has one node.
class cluster_of_one {
  public:
    cluster_of_one() {
        if (node_.command("CLUSTER ADDSLOTSRANGE 0 16383") != '+')
            throw std::runtime_error("Redis takes no slots");
    }
    std::string url() const { return "redis://127.0.0.1:" + std::to_string(port_); }

  private:
    std::uint16_t port_ = free_port();
    redis_server node_{{"--port", std::to_string(port_), "--bind", "127.0.0.1", "--cluster-enabled", "yes",
                        "--cluster-port", std::to_string(free_port())}};
};

}  // namespace kedge::test
