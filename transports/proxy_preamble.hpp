#pragma once

#include <memory>
#include <span>
#include <string>

#include <engine/timer_wheel.hpp>
#include <transports/resident.hpp>
#include <transports/stream.hpp>

namespace kedge::transports {

class site;
class tls_context;

/// A fresh connection from a believed proxy: reads the PROXY header in front of it, then hands the connection
/// on with the client's address.
class proxy_preamble final : public resident, private stream_owner {
  public:
    /// `tls`: begins behind the header; null when the connection is plain.
    proxy_preamble(site& home, detached_stream from, std::shared_ptr<tls_context> tls);

    void wind_up() override { leave(); }

  private:
    void on_bytes(std::span<char> bytes) override;
    void on_end() override { leave(); }
    void on_drain() override {}
    void on_timeout(engine::time_point) { leave(); }
    void pass_on(std::size_t header_size, const engine::origin& client);
    void leave();

    site& home_;
    std::shared_ptr<tls_context> tls_;
    stream stream_;
    std::string read_;
    engine::timer timer_;
};

}  // namespace kedge::transports
