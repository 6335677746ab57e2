#pragma once

#include <bench/common/poller.hpp>
#include <memory>
#include <string>
#include <string_view>

namespace bench {

/// Who a connection's bytes are for.
class connection_owner {
  public:
    virtual ~connection_owner() = default;
    virtual void on_bytes(std::string_view bytes) = 0;
    virtual void on_end() = 0;
};

/// Where the clients of one run connect to.
struct target {
    int port = 0;
    bool tls = false;
};

/// One TCP connection to the server, plain or TLS.
class connection final : public pollable {
  public:
    connection(poller& poll, const target& where, std::size_t number, connection_owner& owner);
    ~connection() override;
    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;

    /// What the kernel does not take at once waits for it.
    void send(std::string_view bytes);
    void on_ready(std::uint32_t events) override;

  private:
    struct tls_state;

    long read_some(char* to, std::size_t room);
    long write_some(std::string_view bytes);
    void flush();

    poller& poll_;
    connection_owner& owner_;
    int descriptor_;
    bool waiting_ = false;
    std::string unsent_;
    std::unique_ptr<tls_state> tls_;
};

}  // namespace bench
