#include <kedge/transports/engineio/gate.hpp>

#include <exception>
#include <utility>

#include <kedge/engine/registry.hpp>
#include <kedge/engine/session.hpp>
#include <kedge/transports/engineio/header_hooks.hpp>
#include <kedge/transports/engineio/polling.hpp>
#include <kedge/transports/engineio/websocket.hpp>
#include <kedge/transports/http/connection.hpp>
#include <kedge/transports/http/right_to_answer.hpp>
#include <kedge/transports/net/peer_guard.hpp>
#include <kedge/transports/websocket/ws_accept.hpp>
#include <kedge/transports/websocket/ws_closing.hpp>
#include <kedge/transports/websocket/ws_handshake.hpp>

namespace kedge::transports {

namespace {

/// The right of the application to say the next word; where the engine leaves HTTP, nothing is answered in
/// it.
std::shared_ptr<right_to_answer> next_word(connection& at, const engine::request_facts& asked) {
    return std::make_shared<right_to_answer>(at.share(),
                                             asked.upgrade ? answer_use::ends_connection : answer_use::sent);
}

websocket_terms terms_of(const engine::request_facts& asked) {
    return {.protocol = asked.protocol, .base64 = asked.base64};
}

}  // namespace

gate::gate(http_share& http, engine_core& core) : home_(http, core), ids_(core.random, http.home().index()) {}

bool gate::serves(const engine::request& asked) const noexcept {
    return asked.target().starts_with(home_.core().prefix);
}

/// Whether the application destroyed the server in the call that has just returned: nothing else of it is
/// called.
bool gate::silent() const noexcept {
    return home_.http().home().silent();
}

void gate::join_fleet(fleet_terms terms) {
    home_.join_fleet(std::move(terms), [this](connection& at) { refuse_unknown(at); });
    ids_.node(engine::no_node);
}

void gate::know_fleet(const fleet_map& now) {
    ids_.node(now.own);
    home_.fleet()->know(now);
}

// ---- before the engine

void gate::admit(connection& at) {
    const engine::request_facts asked = facts_of(at);
    if (const std::unique_ptr<passage> brought = at.take_passage()) {
        at.headers() = std::move(brought->headers);
        return open_here(at, asked, std::move(brought->note));
    }
    // The worker that a session lives on, wherever that is, serves all of its requests.
    if (!asked.sid.empty() && goes_elsewhere(at, asked.sid)) return;
    serve_here(at, asked);
}

/// Sends a request of another node's session, or of another worker's, there.
bool gate::goes_elsewhere(connection& at, std::string_view sid) {
    if (const peer_line* const from = at.peer(); from && from->sid != sid) {
        at.close_after_answer();
        at.answer(400);
        return true;
    }
    const relay::fate decided = home_.fleet() ? home_.fleet()->take(at, sid) : relay::fate::ours;
    if (decided != relay::fate::ours) return decided == relay::fate::passed;
    const unsigned owner = home_of(sid);
    if (lives_here(owner)) return false;
    at.move_to(owner);
    return true;
}

void gate::serve_here(connection& at, const engine::request_facts& asked) {
    const engine_core& core = home_.core();
    if (core.options.cors) {
        if (const auto status = apply_cors(*core.options.cors, *at.request(), at.headers()))
            return at.answer(*status);
        if (silent()) return;
    }
    if (core.bundles && core.bundles->knows(*at.request())) return core.bundles->serve(at);
    if (core.options.middlewares.empty()) return verify(at, asked);
    proceed(at, pend(asked));
}

/// The session's node did not answer, and the body of the request may be gone: to the client there is no such
/// session.
void gate::refuse_unknown(connection& at) {
    const server_options& options = home_.options();
    if (options.cors) {
        if (const auto status = apply_cors(*options.cors, *at.request(), at.headers()))
            return at.answer(*status);
        if (silent()) return;
    }
    const engine::request_facts asked = facts_of(at);
    const auto why = engine::verify(asked, options.engine, nullptr);
    refuse(at, asked, why.value_or(engine::refuse(engine::refusal_code::unknown_sid)));
}

unsigned gate::home_of(std::string_view sid) const noexcept {
    const unsigned here = home_.http().home().index();
    return home_.core().workers == 1 ? here : home_.core().home_of(sid).value_or(here);
}

bool gate::lives_here(unsigned worker) const noexcept {
    return worker == home_.http().home().index();
}

std::shared_ptr<pending_request> gate::pend(const engine::request_facts& asked) {
    return std::make_shared<pending_request>(pending_request{asked, *this});
}

void gate::proceed(connection& at, const std::shared_ptr<pending_request>& asked) {
    const auto& chain = home_.options().middlewares;
    const unsigned stage = at.share()->stage();
    if (stage >= chain.size()) return verify(at, asked->facts);
    const auto right = next_word(at, asked->facts);
    home_.home().guarded([&] { chain[stage](exchange(right), next_step(right, asked)); });
}

void gate::middleware_failed(connection& at, const engine::request_facts& asked) {
    refuse(at, asked, engine::refuse_middleware());
}

// ---- verification

engine::request_facts gate::facts_of(const connection& at) const {
    engine::request_facts asked(*at.request());
    // Without websockets an upgrade request is a request like any other.
    asked.upgrade = asked.upgrade && home_.core().websocket;
    return asked;
}

void gate::verify(connection& at, const engine::request_facts& asked) {
    const server_options& options = home_.options();
    engine::session* const found = asked.sid.empty() ? nullptr : home_.sessions().find(asked.sid);
    engine::session_facts known;
    if (found) known = {.transport = found->kind(), .protocol = found->revision()};
    if (const auto refused = engine::verify(asked, options.engine, found ? &known : nullptr))
        return refuse(at, asked, *refused);
    if (found) return route(at, asked, *found);
    if (!options.allow_request) return open(at, asked);
    ask_consent(at, asked);
}

void gate::ask_consent(connection& at, const engine::request_facts& asked) {
    admission answer(next_word(at, asked), pend(asked));
    home_.home().guarded([&] { home_.options().allow_request(at.request(), std::move(answer)); });
}

void gate::admitted(connection& at, const engine::request_facts& asked) {
    open(at, asked);
}

void gate::forbid(connection& at, const engine::request_facts& asked, std::string message) {
    refuse(at, asked, engine::refuse_forbidden(std::move(message)));
}

void gate::refuse(connection& at, const engine::request_facts& asked, const engine::refusal& why) {
    const server_options& options = home_.options();
    home_.count().refused[static_cast<std::size_t>(why.code)].add(1);
    home_.http().log(log_level::info, "request refused",
                     {{"message", why.answer()},
                      {"target", at.request()->target()},
                      {"address", at.request()->remote_address()}});
    if (options.on_connection_error)
        home_.home().guarded([&] { options.on_connection_error({*at.request(), why}); });
    if (asked.upgrade) return at.refuse_upgrade(400, why.answer());
    at.headers().set("Content-Type", "application/json");
    at.answer(why.status(), why.body());
}

// ---- to a session

void gate::route(connection& at, const engine::request_facts& asked, engine::session& to) {
    if (!asked.upgrade) return poll(at, asked, to);
    if (asked.kind() == engine::transport_kind::polling) return upgrade_polling(at, asked);
    std::optional<ws_accepted> agreed = accept_websocket(at, asked);
    if (!agreed) return;
    auto probe = std::make_unique<websocket>(home_, *agreed, terms_of(asked));
    websocket& incoming = *probe;
    home_.sessions().upgrade(to, std::move(probe));
    incoming.read(agreed->rest());
}

/// Which transport a session has is asked of the transport itself: whoever is no polling takes no requests.
void gate::poll(connection& at, const engine::request_facts& asked, engine::session& to) {
    if (auto* const taker = dynamic_cast<polling*>(&to.current_transport())) return taker->admit(at);
    refuse(at, asked, engine::refuse_transport("the session does not poll"));
}

/// An upgrade request that names polling is served to the letter: it becomes a websocket, which closes.
void gate::upgrade_polling(connection& at, const engine::request_facts& asked) {
    std::optional<ws_accepted> agreed = accept_websocket(at, asked);
    if (!agreed) return;
    append_close_frame(agreed->on->output());
    ws_group& websockets = home_.websockets();
    auto rest = std::make_unique<ws_closing>(
        websockets, std::move(agreed->on), ws_decoder(websockets.limits().max_message, agreed->deflate.get()),
        std::move(agreed->deflate));
    ws_closing& closing = *rest;
    websockets.keep(std::move(rest));
    closing.read(agreed->rest());
}

/// Answers 101 and takes the stream, or refuses what is no websocket.
std::optional<ws_accepted> gate::accept_websocket(connection& at, const engine::request_facts& asked) {
    const server_options& options = home_.options();
    const ws_deflate_options* const offered =
        options.per_message_deflate ? &*options.per_message_deflate : nullptr;
    auto agreed = negotiate_websocket(*at.request(), offered);
    if (!agreed) {
        home_.http().count().bad_requests.add(1);
        home_.http().log(log_level::info, "websocket refused",
                         {{"message", agreed.error().text}, {"address", at.request()->remote_address()}});
        at.refuse_upgrade(agreed.error().status, agreed.error().text, agreed.error().headers);
        return std::nullopt;
    }
    if (!agreed.value().offered.empty()) agreed.value().protocol = agreed.value().offered.front();
    run_header_hooks(home_, at, asked.sid.empty() ? answer_rank::first : answer_rank::later);
    if (silent()) return std::nullopt;
    return switch_protocols(at, agreed.value(), offered, options.engine.max_http_buffer_size);
}

// ---- opening a session

void gate::open(connection& at, const engine::request_facts& asked) {
    if (asked.upgrade && asked.kind() == engine::transport_kind::polling) return upgrade_polling(at, asked);
    if (const auto refused = engine::verify_opening(asked, home_.options().engine))
        return refuse(at, asked, *refused);
    std::optional<std::string> sid = make_id(at, asked);
    if (!sid) return;
    const unsigned owner = home_of(*sid);
    if (lives_here(owner)) return open_here(at, asked, std::move(*sid));
    at.move_to(owner, std::make_unique<passage>(passage{std::move(*sid), std::move(at.headers())}));
}

/// A new session's id; nothing when the request was refused for want of one.
std::optional<std::string> gate::make_id(connection& at, const engine::request_facts& asked) {
    const auto& generate = home_.options().generate_id;
    if (!generate) return ids_.next();
    std::string problem = "an empty id";
    try {
        std::string made = generate(*at.request());
        if (silent()) return std::nullopt;
        if (!made.empty()) return made;
    } catch (const std::exception& error) {
        problem = error.what();
    } catch (...) {
        problem = "an unknown exception";
    }
    refuse(at, asked, engine::refuse_id_generation(std::move(problem)));
    return std::nullopt;
}

/// No room for another session, or no time.
void gate::turn_away(connection& at, const engine::request_facts& asked, std::string_view reason) {
    home_.count().turned_away.add(1);
    home_.http().log(log_level::warning, "handshake turned away",
                     {{"reason", reason}, {"address", at.request()->remote_address()}});
    if (asked.upgrade) return at.refuse_upgrade(503, "Service Unavailable");
    at.close_after_answer();
    at.answer(503);
}

void gate::open_here(connection& at, const engine::request_facts& asked, std::string sid) {
    if (home_.http().closing()) return turn_away(at, asked, "the server is closing");
    if (home_.sessions().find(sid))
        return refuse(at, asked, engine::refuse_id_generation("the id is in use"));
    if (!asked.upgrade && !home_.lobby().make_room({at.request()->remote_address(), at.number()}))
        return turn_away(at, asked, "too many sessions without a poll");
    if (silent()) return;
    if (asked.upgrade) return open_websocket(at, asked, std::move(sid));
    open_polling(at, asked, std::move(sid));
}

void gate::open_polling(connection& at, const engine::request_facts& asked, std::string sid) {
    if (const auto& cookie = home_.options().cookie)
        at.headers().add("Set-Cookie", serialize_cookie(*cookie, sid));
    const engine::request_ptr first = at.request();
    auto transport =
        std::make_unique<polling>(home_, asked, lobby::opener{first->remote_address(), at.number()});
    transport->admit(at);
    home_.sessions().open(std::move(sid), asked.protocol, first, std::move(transport));
}

void gate::open_websocket(connection& at, const engine::request_facts& asked, std::string sid) {
    const engine::request_ptr first = at.request();
    std::optional<ws_accepted> agreed = accept_websocket(at, asked);
    if (!agreed) return;
    auto transport = std::make_unique<websocket>(home_, *agreed, terms_of(asked));
    websocket& incoming = *transport;
    home_.sessions().open(std::move(sid), asked.protocol, first, std::move(transport));
    incoming.read(agreed->rest());
}

// ---- the end

std::vector<std::string> gate::sessions() const {
    return home_.sessions().ids();
}

void gate::close_session(std::string_view id) {
    if (engine::session* const which = home_.sessions().find(id)) which->close(true);
}

void gate::wind_up() {
    home_.wind_up();
    if (home_.fleet()) home_.fleet()->wind_up();
    home_.sessions().close_all(true);
}

void gate::evict() {
    home_.sessions().close_all(true);
    home_.websockets().clear();
    if (home_.fleet()) home_.fleet()->evict();
}

void gate::fall_silent() noexcept {
    home_.sessions().fall_silent();
}

}  // namespace kedge::transports
