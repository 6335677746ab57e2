#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kedge/engine/handshake.hpp>
#include <kedge/engine/sid.hpp>
#include <kedge/transports/engineio/engine_share.hpp>
#include <kedge/transports/engineio/pending_request.hpp>
#include <kedge/transports/http/http_front.hpp>
#include <kedge/transports/relay/fleet_map.hpp>

namespace kedge::engine {
class session;
}

namespace kedge::transports {

class connection;
struct ws_accepted;

/// The Engine.IO front, and what every request passes on its way to a session: to the node of the fleet and
/// to the worker that the session lives on, then CORS, middlewares, verification, and, where it opens a
/// session, the application's consent and the handshake.
class gate final : public http_front, private request_steps {
  public:
    gate(http_share& http, engine_core& core);

    engine_share& share() noexcept { return home_; }
    const engine_share& share() const noexcept { return home_; }

    /// Requests for sessions of other nodes are passed on from now on. Before the worker runs.
    void join_fleet(fleet_terms terms);
    void know_fleet(const fleet_map& now);

    /// A raw comparison of the target's beginning.
    bool serves(const engine::request& asked) const noexcept override;
    void admit(connection& at) override;
    std::vector<std::string> sessions() const override;
    void close_session(std::string_view id) override;
    void wind_up() override;
    void evict() override;
    void fall_silent() noexcept override;
    bool deserted() const noexcept override {
        return home_.sessions().size() == 0 && home_.websockets().empty() &&
               (!home_.fleet() || home_.fleet()->empty());
    }

  private:
    bool silent() const noexcept;
    void proceed(connection& at, const std::shared_ptr<pending_request>& asked) override;
    void middleware_failed(connection& at, const engine::request_facts& asked) override;
    void admitted(connection& at, const engine::request_facts& asked) override;
    void forbid(connection& at, const engine::request_facts& asked, std::string message) override;

    engine::request_facts facts_of(const connection& at) const;
    std::shared_ptr<pending_request> pend(const engine::request_facts& asked);
    bool goes_elsewhere(connection& at, std::string_view sid);
    void serve_here(connection& at, const engine::request_facts& asked);
    void refuse_unknown(connection& at);
    unsigned home_of(std::string_view sid) const noexcept;
    bool lives_here(unsigned worker) const noexcept;
    void verify(connection& at, const engine::request_facts& asked);
    void ask_consent(connection& at, const engine::request_facts& asked);
    void route(connection& at, const engine::request_facts& asked, engine::session& to);
    void poll(connection& at, const engine::request_facts& asked, engine::session& to);
    void open(connection& at, const engine::request_facts& asked);
    void open_here(connection& at, const engine::request_facts& asked, std::string sid);
    void open_polling(connection& at, const engine::request_facts& asked, std::string sid);
    void open_websocket(connection& at, const engine::request_facts& asked, std::string sid);
    std::optional<std::string> make_id(connection& at, const engine::request_facts& asked);
    std::optional<ws_accepted> accept_websocket(connection& at, const engine::request_facts& asked);
    void upgrade_polling(connection& at, const engine::request_facts& asked);
    void refuse(connection& at, const engine::request_facts& asked, const engine::refusal& why);
    void turn_away(connection& at, const engine::request_facts& asked, std::string_view reason);

    engine_share home_;
    engine::sid_source ids_;
};

}  // namespace kedge::transports
