#pragma once

#include <memory>
#include <string_view>

#include <kedge/stomp/relay/broker_connection.hpp>
#include <kedge/stomp/relay/system_line.hpp>
#include <kedge/stomp/relay_core.hpp>
#include <kedge/transports/http/http_share.hpp>
#include <kedge/transports/net/random_openssl.hpp>

namespace kedge::stomp {

/// The relay's own connection on its worker, and what the log is told of it.
class system_end final : private system_line_user {
  public:
    system_end(transports::http_share& home, std::shared_ptr<relay_core> of);
    ~system_end();
    system_end(const system_end&) = delete;
    system_end& operator=(const system_end&) = delete;

    void stop() { line_.stop(); }

  private:
    void on_available() override;
    void on_unavailable(std::string_view why) override;

    transports::http_share& home_;
    std::shared_ptr<relay_core> of_;
    transports::random_openssl random_;
    broker_connection net_;
    system_line line_;
};

}  // namespace kedge::stomp
