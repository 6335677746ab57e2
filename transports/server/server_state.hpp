#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include <kedge/engine/handler.hpp>
#include <kedge/transports/engineio/engine_core.hpp>
#include <kedge/transports/engineio/session.hpp>
#include <kedge/transports/http/application_front.hpp>
#include <kedge/transports/http/http_share.hpp>
#include <kedge/transports/loop/program_service.hpp>
#include <kedge/transports/loop/worker.hpp>
#include <kedge/transports/server/server_ending.hpp>
#include <kedge/transports/server/server_listeners.hpp>

namespace kedge::transports {

class gate;

/// Puts what on_connection() gave on each new session.
class session_opener final : public engine::handler {
  public:
    explicit session_opener(http_common& http) noexcept : http_(http) {}
    std::unique_ptr<engine::session_handler> on_connection(engine::session& opened) override;
    void opened(std::function<void(session)> tell) { opened_ = std::move(tell); }

  private:
    http_common& http_;
    std::function<void(session)> opened_;
};

/// All that an engine_server owns: its workers, what each of them has of HTTP and of Engine.IO, and what all
/// share. Destroyed when no worker runs, or at the end of a turn of the only one.
struct server_state final : mortal {
    /// With workers of its own, as many as the options say.
    explicit server_state(server_options given);
    /// With this one alone, on somebody else's loop.
    server_state(server_options given, std::unique_ptr<worker> only);
    ~server_state() override;

    worker& first() const noexcept { return *workers.front(); }
    /// Listens at a port with what the options say of host and TLS.
    std::uint16_t listen(std::uint16_t port);
    /// Silences everything, and destroys `owner` when the turn ends.
    void end_with_turn(std::unique_ptr<mortal> owner) noexcept;

    bool embedded = false;
    engine_core core;
    http_common http;
    std::shared_ptr<application_hooks> application = std::make_shared<application_hooks>();
    session_opener opener;
    std::vector<std::unique_ptr<worker>> workers;
    std::vector<worker*> worker_list;
    std::vector<engine::loop*> loops;
    std::vector<std::unique_ptr<http_share>> shares;
    std::vector<gate*> gates;  // the fronts of the engine, by worker
    server_listeners listeners;
    server_ending ending;
    std::optional<program_service> service;

  private:
    struct unmanned {};
    server_state(server_options given, unmanned);
    void add(std::unique_ptr<worker> made);
    void add_fronts();
};

}  // namespace kedge::transports
