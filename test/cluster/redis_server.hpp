#pragma once

#include <fcntl.h>
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

extern char** environ;

namespace kedge::test {

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
        for (int i = 0; i < 2000 && !listens(); ++i)
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    void end() {
        if (child_ <= 0) return;
        ::kill(child_, SIGKILL);
        ::waitpid(child_, nullptr, 0);
        child_ = 0;
    }

  private:
    std::string path() const { return folder_ + "/s"; }
    bool listens() const {
        const int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_un to{};
        to.sun_family = AF_UNIX;
        std::memcpy(to.sun_path, path().c_str(), path().size() + 1);
        const bool there = ::connect(probe, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0;
        ::close(probe);
        return there;
    }

    std::vector<std::string> more_;
    std::string folder_;
    pid_t child_ = 0;
};

}  // namespace kedge::test
