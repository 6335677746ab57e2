#pragma once

#include <functional>
#include <memory>
#include <vector>

#include <kedge/cluster/client/slot_map.hpp>
#include <kedge/cluster/redis/redis_line.hpp>
#include <kedge/cluster/redis/redis_link.hpp>
#include <kedge/transports/loop/worker.hpp>

namespace kedge::cluster {

/// A link, and the network under it.
class node_line {
  public:
    virtual ~node_line() = default;
    virtual redis_link& link() noexcept = 0;
    /// Where connections are made to from now on. False when one is, or was, made elsewhere: that one stays.
    virtual bool lead_to(const node_address& where) = 0;
};

/// Makes lines to nodes of a Redis Cluster, and ends what has them.
class line_yard {
  public:
    virtual ~line_yard() = default;
    /// A line that does not lead anywhere yet.
    virtual std::unique_ptr<node_line> make(link_options how, link_user& user) = 0;
    /// Destroys it when the turn is over: it may be in the middle of a call.
    virtual void bury(std::unique_ptr<transports::mortal> dead) = 0;
    virtual const link_options& options() const noexcept = 0;
};

/// Over the network of a worker.
class worker_yard final : public line_yard {
  public:
    worker_yard(transports::worker& home, const redis_address& where);

    std::unique_ptr<node_line> make(link_options how, link_user& user) override;
    void bury(std::unique_ptr<transports::mortal> dead) override { home_.bury(std::move(dead)); }
    const link_options& options() const noexcept override { return options_; }

  private:
    transports::worker& home_;
    link_options options_;
    std::shared_ptr<const transports::tls_client> tls_;
};

}  // namespace kedge::cluster
