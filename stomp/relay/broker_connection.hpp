#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include <kedge/stomp/relay/broker_wire.hpp>
#include <kedge/transports/net/dialer.hpp>
#include <kedge/transports/net/tls_client.hpp>

namespace kedge::transports {
class worker;
}

namespace kedge::stomp {

class broker_link;

/// The network under a link: one socket after the other on a worker, plain or TLS.
class broker_connection final : public broker_wire {
  public:
    /// `tls`: null for plain connections.
    broker_connection(transports::worker& home, transports::dial_address broker,
                      std::shared_ptr<const transports::tls_client> tls);
    ~broker_connection();
    broker_connection(const broker_connection&) = delete;
    broker_connection& operator=(const broker_connection&) = delete;

    void use(broker_link& by) noexcept { link_ = &by; }

    // broker_wire
    void connect() override;
    void send(std::string_view bytes) override;
    std::size_t unsent() const override;
    void want_drain() override;
    void pause() override;
    void resume() override;
    void hang_up() override;
    void finish() override;

  private:
    class line;

    void on_dialed(transports::detached_stream made, std::string_view why);
    void let_go() noexcept;

    transports::worker& home_;
    const transports::dial_address broker_;
    std::shared_ptr<const transports::tls_client> tls_;
    broker_link* link_ = nullptr;
    transports::dialer dialer_;
    std::unique_ptr<line> line_;
};

}  // namespace kedge::stomp
