#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <kedge/engine/handshake.hpp>
#include <kedge/engine/sid.hpp>
#include <kedge/transports/engineio/server_options.hpp>

namespace kedge::engine {
class session;
}

namespace kedge::transports {

class connection;
class site;

/// What every request passes on its way to a session: to the worker that the session lives on, then CORS,
/// middlewares, verification, and, where it opens a session, the application's consent and the handshake.
/// Requests on other paths go to the application.
class gate final {
  public:
    explicit gate(site& home);

    /// A request's head is here; the body is not read yet.
    void admit(connection& at);
    /// The next middleware, or what is behind the last.
    void proceed(connection& at);
    void middleware_failed(connection& at);
    /// The application allows the handshake, or does not.
    void admitted(connection& at);
    void forbid(connection& at, std::string message);
    /// A request on another path is here as a whole.
    void ask_application(connection& at);
    /// Lets the application change the headers of an answer that is not an error.
    void run_header_hooks(connection& at);

  private:
    struct accepted;

    engine::request_facts facts_of(const connection& at) const;
    site* elsewhere(const engine::request_facts& asked) const;
    void verify(connection& at, const engine::request_facts& asked);
    void route(connection& at, const engine::request_facts& asked, engine::session& to);
    void poll(connection& at, engine::session& to);
    void open(connection& at, const engine::request_facts& asked);
    void open_here(connection& at, const engine::request_facts& asked, std::string sid);
    void open_polling(connection& at, const engine::request_facts& asked, std::string sid);
    void open_websocket(connection& at, const engine::request_facts& asked, std::string sid);
    std::optional<std::string> make_id(connection& at);
    std::optional<accepted> switch_protocols(connection& at, const engine::request_facts& asked);
    void upgrade_polling(connection& at, const engine::request_facts& asked);
    void refuse(connection& at, const engine::refusal& why);
    void turn_away(connection& at, std::string_view reason);
    void foreign(connection& at);
    void foreign_upgrade(connection& at);

    site& home_;
    engine::sid_source ids_;
};

}  // namespace kedge::transports
