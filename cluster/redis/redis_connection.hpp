#pragma once

#include <memory>
#include <string>

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
    /// `tls`: null for a plain connection.
    redis_connection(transports::worker& home, transports::dial_address where,
                     std::shared_ptr<const transports::tls_client> tls);
    ~redis_connection();
    redis_connection(const redis_connection&) = delete;
    redis_connection& operator=(const redis_connection&) = delete;

    void use(redis_link& by) noexcept { link_ = &by; }

    // wire
    void connect() override;
    std::string& output() override;
    std::size_t unsent() const override;
    void want_drain() override;
    void hang_up() override;
    void finish() override;

  private:
    class line;

    void on_dialed(transports::detached_stream made, const std::string& why);

    transports::worker& home_;
    transports::dial_address where_;
    std::shared_ptr<const transports::tls_client> tls_;
    redis_link* link_ = nullptr;
    transports::dialer dialer_;
    std::unique_ptr<line> line_;
    std::string nowhere_;
};

}  // namespace kedge::cluster
