#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <kedge/cluster/client/cluster_watch.hpp>
#include <kedge/cluster/client/node_line.hpp>
#include <kedge/cluster/client/redis_way.hpp>

namespace kedge::cluster {

/// A stream in a Redis Cluster: it is read where its slot is, and read on where that moves.
class cluster_reading final : public redis_way::reading {
  public:
    cluster_reading(engine::loop& home, cluster_watch& watch, line_yard& yard, const std::string& name,
                    const stream_reader::settings& how, stream_reader::trouble_hook on_trouble);

    stream_reader& reader() noexcept override { return reader_; }
    void start() override;
    void stop() override;

  private:
    void on_map();
    bool on_refused(std::string_view error);
    void go_to(const node_address& where, bool early);

    cluster_watch& watch_;
    std::uint16_t slot_;
    stream_reader reader_;
    std::unique_ptr<node_line> line_;
    node_address owner_;  // as of the map
    node_address at_;     // where it is read
    bool running_ = false;
    std::shared_ptr<void> told_;
};

}  // namespace kedge::cluster
