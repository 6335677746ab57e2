#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include <kedge/cluster/redis/redis_link.hpp>
#include <kedge/transports/net/dialer.hpp>
#include <kedge/transports/net/tls_client.hpp>

namespace kedge::transports {
class worker;
}

namespace kedge::cluster {

/// The network under a link: one socket after the other on a worker, plain or TLS.
class redis_connection final : public wire {
  public:
    /// The servers are tried in turn; without any, none is until lead_to() names one. `tls`: null for plain
    /// connections.
    redis_connection(transports::worker& home, std::vector<transports::dial_address> servers,
                     std::shared_ptr<const transports::tls_client> tls);
    ~redis_connection();
    redis_connection(const redis_connection&) = delete;
    redis_connection& operator=(const redis_connection&) = delete;

    void use(redis_link& by) noexcept { link_ = &by; }
    /// Where connections are made to from now on, tried in turn. False when one is, or was, made elsewhere.
    bool lead_to(std::vector<transports::dial_address> servers);
    /// The host that is, or was last, dialled.
    const std::string& host() const noexcept { return host_; }

    // wire
    void connect() override;
    std::string& output() override;
    std::size_t unsent() const override;
    void want_drain() override;
    void hang_up() override;
    void finish() override;

  private:
    class line;

    void dial();
    void on_dialed(transports::detached_stream made, const std::string& why);

    transports::worker& home_;
    std::vector<transports::dial_address> servers_;
    std::size_t next_ = 0;
    std::string host_;     // of the one that is dialled
    bool wanted_ = false;  // a connection, as soon as it is known where
    std::shared_ptr<const transports::tls_client> tls_;
    redis_link* link_ = nullptr;
    transports::dialer dialer_;
    std::unique_ptr<line> line_;
    std::string nowhere_;
};

}  // namespace kedge::cluster
