#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <kedge/cluster/redis/redis_connection.hpp>
#include <kedge/cluster/redis/redis_link.hpp>
#include <kedge/cluster/redis/redis_options.hpp>
#include <kedge/transports/loop/worker.hpp>
#include <kedge/transports/net/random_openssl.hpp>

namespace kedge::cluster {

/// Whom to ask which server is the master, checked.
struct sentinel_address {
    std::vector<transports::dial_address> where;
    std::shared_ptr<const transports::tls_client> tls;
    link_options link;
    std::string master;
};
/// Where a client connects to, checked.
struct redis_address {
    transports::dial_address where;  // with sentinels what they call it
    std::shared_ptr<const transports::tls_client> tls;
    link_options link;
    std::optional<sentinel_address> sentinels;
    std::vector<transports::dial_address> nodes;  // some of a Redis Cluster; else none
    std::size_t connections = 1;                  // by which channels go
};
/// Throws what says which option is wrong.
redis_address check_address(const redis_options& options);

/// A link and the network under it, and who tells where the master is.
class redis_line {
  public:
    redis_line(transports::worker& home, const redis_address& where, link_user& user);
    ~redis_line();
    redis_line(const redis_line&) = delete;
    redis_line& operator=(const redis_line&) = delete;

    void start();
    void stop();
    redis_link& link() noexcept { return link_; }

  private:
    struct watching;

    transports::random_openssl chance_;
    redis_connection net_;
    redis_link link_;
    std::unique_ptr<watching> watching_;
};

}  // namespace kedge::cluster
