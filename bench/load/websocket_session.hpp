#pragma once

#include <bench/load/session.hpp>

namespace bench {

class websocket_session final : public session, private connection_owner {
  public:
    websocket_session(poller& poll, const target& where, std::size_t number, session_owner& owner);

    const framing& how() const noexcept override { return websocket_framing(); }
    void send(std::string_view outgoing) override { connection_.send(outgoing); }

  private:
    void on_open(std::string_view) override {}
    void on_bytes(std::string_view bytes) override;
    void on_end() override { on_surprise("the server hung up", ""); }

    bool upgraded_ = false;
    std::string head_;
    connection connection_;
};

}  // namespace bench
