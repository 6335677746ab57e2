#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <kedge/engine/keyed_hash.hpp>
#include <kedge/sockjs/http_receiver.hpp>
#include <kedge/sockjs/member.hpp>
#include <kedge/sockjs/service.hpp>
#include <kedge/sockjs/target.hpp>
#include <kedge/sockjs/websocket_gate.hpp>
#include <kedge/transports/http/http_front.hpp>
#include <kedge/transports/net/random_openssl.hpp>

namespace kedge::sockjs {

/// A service on one worker: what each request of it is for, and the sessions that live here.
class service_front final : public transports::http_front, private member_owner {
  public:
    service_front(transports::http_share& home, std::shared_ptr<service> of);
    ~service_front() override;

    bool serves(const engine::request& asked) const noexcept override;
    void admit(transports::connection& at) override;
    void wind_up() override { websockets_.wind_up(); }
    void evict() override { websockets_.evict(); }
    bool deserted() const noexcept override { return websockets_.empty(); }

  private:
    void admit_page(transports::connection& at, const target& asked);
    void admit_websocket(transports::connection& at, const target& asked);
    void admit_session(transports::connection& at, const target& asked);
    void prepare(transports::connection& at, resource what) const;
    void receive(transports::connection& at, const target& asked);
    void take_messages(transports::connection& at, resource what, const std::string& key, std::string body);
    std::optional<http_receiver::terms> terms_of(transports::connection& at, resource what) const;
    unsigned home_of(std::string_view key) const noexcept;
    session_member* find(std::string_view key) const noexcept;
    session_member* open(transports::connection& at, const target& asked);
    bool restricted() const noexcept { return !of_->terms.origins.empty(); }

    void on_gone(member& which) override;

    transports::http_share& home_;
    std::shared_ptr<service> of_;
    std::string script_;
    transports::random_openssl random_;
    websocket_gate websockets_;
    engine::keyed_map<std::string, session_member*> sessions_;
};

}  // namespace kedge::sockjs
