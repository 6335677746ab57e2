#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include <node_api.h>

#include <kedge/engine/handler.hpp>
#include <kedge/engine/loop.hpp>
#include <kedge/engine/sid.hpp>
#include <kedge/node/addon/conversation.hpp>
#include <kedge/node/addon/giving_back.hpp>
#include <kedge/node/addon/javascript.hpp>
#include <kedge/node/addon/uv_host.hpp>
#include <kedge/transports/loop/worker.hpp>
#include <kedge/transports/net/random_openssl.hpp>
#include <kedge/transports/server/engine_server.hpp>

namespace kedge::node {

/// What has to be asked of JavaScript, as it says.
struct hooks {
    bool headers = false;  ///< somebody may change those of answers
    bool by_node = false;  ///< what opens a session is Node's, for the sake of middlewares
};

/// An engine that accepts its clients itself, on Node's loop. Its sessions are native; what is not the
/// engine's goes to Node.
class listening final : public transports::mortal, public conversation_home, private engine::handler {
  public:
    listening(std::uint32_t number, conversations& talks, javascript& above, std::unique_ptr<uv_host> loop,
              transports::server_options options);
    ~listening() override;

    /// Port 0 is one that is free. Throws std::system_error. Returns the port.
    std::uint16_t listen(const transports::listen_address& where,
                         std::shared_ptr<transports::tls_context> tls);
    /// Ends everything; `done` is called when all is over.
    void close(engine::duration grace, engine::task done);
    /// From within `done`: it is destroyed when the turn ends.
    static void part(std::unique_ptr<listening> self);
    void keeps_alive(bool yes) noexcept { host_.keeps_alive(yes); }
    void flush() noexcept;

    hooks& asks() noexcept { return hooks_; }
    bool knows(std::string_view sid) noexcept;
    transports::server_stats stats() const { return server_.stats(); }
    /// A connection to this engine from within the process; nothing when there is no descriptor left.
    std::optional<int> connect();

    // Of a request that waits for consent.
    /// Null when it is over.
    engine::request_ptr waiting(std::uint32_t number) const;
    /// `sid`: the name of the session; empty: one that is made here.
    void allow(std::uint32_t number, std::string sid);
    void refuse(std::uint32_t number, std::string message);
    /// No name could be made.
    void fail(std::uint32_t number, std::string why);

  private:
    struct question;

    std::unique_ptr<engine::session_handler> on_connection(engine::session& opened) override;
    void on_closed(engine::session&, engine::close_reason, std::string_view) override {}
    transports::server_options with_hooks(transports::server_options options);
    void ask(engine::request_ptr request, transports::admission answer);
    std::string make_id();
    void tell_refused(const transports::connection_error& error);
    void change_headers(bool first, transports::header_list& headers, const engine::request& asking);
    void hand_back(const given_back& what);
    std::unique_ptr<question> take(std::uint32_t number);
    void admit(std::unique_ptr<question> asked, std::string sid, std::string problem);

    uv_host& host_;
    hooks hooks_;
    transports::random_openssl random_;
    engine::sid_source ids_{random_, 0};
    std::unordered_map<std::uint32_t, std::unique_ptr<question>> questions_;
    std::uint32_t asked_ = 0;
    std::string given_id_;       // for the session that is being opened
    std::string given_problem_;  // or why there is none
    transports::engine_server server_;
};

}  // namespace kedge::node
