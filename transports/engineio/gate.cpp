#include <kedge/transports/engineio/gate.hpp>

#include <exception>
#include <utility>

#include <kedge/engine/registry.hpp>
#include <kedge/engine/session.hpp>
#include <kedge/transports/engineio/entrance.hpp>
#include <kedge/transports/engineio/polling.hpp>
#include <kedge/transports/engineio/server_core.hpp>
#include <kedge/transports/engineio/site.hpp>
#include <kedge/transports/engineio/websocket.hpp>
#include <kedge/transports/http/connection.hpp>
#include <kedge/transports/http/ticket.hpp>
#include <kedge/transports/websocket/parting.hpp>
#include <kedge/transports/websocket/ws_handshake.hpp>

namespace kedge::transports {

/// A stream that speaks the websocket protocol from here on.
struct gate::accepted {
    std::unique_ptr<stream> on;
    websocket_terms terms;
    std::string unread;  ///< what came behind the request, and a spare byte

    std::span<char> rest() noexcept { return {unread.data(), unread.size() - 1}; }
};

gate::gate(site& home) : home_(home), ids_(home.core().random, home.home().index()) {}

// ---- before the engine

void gate::admit(connection& at) {
    const server_core& core = home_.core();
    if (at.apart() || !core.serves(at.request()->target())) return foreign(at);
    const engine::request_facts asked = facts_of(at);
    if (const std::unique_ptr<passage> brought = at.take_passage()) {
        at.headers() = std::move(brought->headers);
        return open_here(at, asked, std::move(brought->sid));
    }
    if (site* const other = elsewhere(asked)) return at.move_to(*other, nullptr);
    if (core.options.cors) {
        if (const auto status = apply_cors(*core.options.cors, *at.request(), at.headers()))
            return at.answer(*status);
    }
    if (core.bundles && core.bundles->knows(*at.request())) return core.bundles->serve(at);
    if (core.options.middlewares.empty()) return verify(at, asked);
    proceed(at);
}

/// The worker that a session lives on serves all of its requests.
site* gate::elsewhere(const engine::request_facts& asked) const {
    const server_core& core = home_.core();
    if (core.sites.size() == 1 || asked.sid.empty()) return nullptr;
    const unsigned owner = core.home_of(asked.sid).value_or(home_.home().index());
    return owner == home_.home().index() ? nullptr : core.sites[owner].get();
}

void gate::proceed(connection& at) {
    const auto& chain = home_.core().options.middlewares;
    const std::shared_ptr<ticket> held = at.share();
    if (held->stage() >= chain.size()) return verify(at, facts_of(at));
    auto right = std::make_shared<right_to_answer>(held, held->stage());
    const middleware& step = chain[held->stage()];
    home_.home().guarded([&] { step(exchange(right), next_step(std::move(right))); });
}

void gate::middleware_failed(connection& at) {
    refuse(at, engine::refuse_middleware());
}

// ---- verification

engine::request_facts gate::facts_of(const connection& at) const {
    engine::request_facts asked(*at.request());
    // Without websockets an upgrade request is a request like any other.
    asked.upgrade = asked.upgrade && home_.core().websocket;
    return asked;
}

void gate::verify(connection& at, const engine::request_facts& asked) {
    const server_options& options = home_.core().options;
    engine::session* const found = asked.sid.empty() ? nullptr : home_.sessions().find(asked.sid);
    engine::session_facts known;
    if (found) known = {.transport = found->kind(), .protocol = found->revision()};
    if (const auto refused = engine::verify(asked, options.engine, found ? &known : nullptr))
        return refuse(at, *refused);
    if (found) return route(at, asked, *found);
    if (!options.allow_request) return open(at, asked);
    const std::shared_ptr<ticket>& held = at.share();
    admission asking(std::make_shared<right_to_answer>(held, held->stage()));
    home_.home().guarded([&] { options.allow_request(at.request(), std::move(asking)); });
}

void gate::admitted(connection& at) {
    open(at, facts_of(at));
}

void gate::forbid(connection& at, std::string message) {
    refuse(at, engine::refuse_forbidden(std::move(message)));
}

void gate::refuse(connection& at, const engine::refusal& why) {
    const server_options& options = home_.core().options;
    home_.count().refused[static_cast<std::size_t>(why.code)].add(1);
    home_.log(log_level::info, "request refused",
              {{"message", why.answer()},
               {"target", at.request()->target()},
               {"address", at.request()->remote_address()}});
    if (options.on_connection_error)
        home_.home().guarded([&] { options.on_connection_error({*at.request(), why}); });
    if (facts_of(at).upgrade) return at.refuse_upgrade(400, why.answer());
    at.headers().set("Content-Type", "application/json");
    at.answer(why.status(), why.body());
}

// ---- to a session

void gate::route(connection& at, const engine::request_facts& asked, engine::session& to) {
    if (!asked.upgrade) return poll(at, to);
    if (asked.kind() == engine::transport_kind::polling) return upgrade_polling(at, asked);
    std::optional<accepted> agreed = switch_protocols(at, asked);
    if (!agreed) return;
    auto probe = std::make_unique<websocket>(home_, std::move(agreed->on), std::move(agreed->terms));
    websocket& incoming = *probe;
    home_.sessions().upgrade(to, std::move(probe));
    incoming.read(agreed->rest());
}

/// Which transport a session has is asked of the transport itself: whoever is no polling takes no requests.
void gate::poll(connection& at, engine::session& to) {
    if (auto* const taker = dynamic_cast<polling*>(&to.current_transport())) return taker->admit(at);
    refuse(at, engine::refuse_transport("the session does not poll"));
}

/// An upgrade request that names polling is served to the letter: it becomes a websocket, which closes.
void gate::upgrade_polling(connection& at, const engine::request_facts& asked) {
    std::optional<accepted> agreed = switch_protocols(at, asked);
    if (!agreed) return;
    append_close_frame(agreed->on->output());
    const std::size_t limit = home_.core().options.engine.max_http_buffer_size;
    auto rest = std::make_unique<parting>(home_, std::move(agreed->on),
                                          ws_decoder(limit, agreed->terms.deflate.get()),
                                          std::move(agreed->terms.deflate));
    parting& closing = *rest;
    home_.admit(std::move(rest));
    closing.read(agreed->rest());
}

/// Answers 101 and takes the stream, or refuses what is no websocket.
std::optional<gate::accepted> gate::switch_protocols(connection& at, const engine::request_facts& asked) {
    const server_options& options = home_.core().options;
    const ws_deflate_options* const offered =
        options.per_message_deflate ? &*options.per_message_deflate : nullptr;
    auto agreed = negotiate_websocket(*at.request(), offered);
    if (!agreed) {
        home_.count().bad_requests.add(1);
        home_.log(log_level::info, "websocket refused",
                  {{"message", agreed.error().text}, {"address", at.request()->remote_address()}});
        at.refuse_upgrade(agreed.error().status, agreed.error().text, agreed.error().headers);
        return std::nullopt;
    }
    run_header_hooks(at);
    accepted result;
    result.unread = at.unread();
    result.unread.push_back('\0');
    result.terms = {.protocol = asked.protocol, .base64 = asked.base64, .deflate = {}};
    if (agreed.value().deflate)
        result.terms.deflate = std::make_unique<ws_deflate>(*offered, *agreed.value().deflate,
                                                            options.engine.max_http_buffer_size);
    result.on = at.leave();
    append_switching_protocols(result.on->output(), agreed.value(), at.headers());
    return result;
}

// ---- opening a session

void gate::open(connection& at, const engine::request_facts& asked) {
    if (asked.upgrade && asked.kind() == engine::transport_kind::polling) return upgrade_polling(at, asked);
    if (const auto refused = engine::verify_opening(asked, home_.core().options.engine))
        return refuse(at, *refused);
    std::optional<std::string> sid = make_id(at);
    if (!sid) return;
    const server_core& core = home_.core();
    const unsigned owner = core.home_of(*sid).value_or(home_.home().index());
    if (owner == home_.home().index()) return open_here(at, asked, std::move(*sid));
    auto brought = std::make_unique<passage>(passage{std::move(*sid), std::move(at.headers())});
    at.move_to(*core.sites[owner], std::move(brought));
}

/// A new session's id; nothing when the request was refused for want of one.
std::optional<std::string> gate::make_id(connection& at) {
    const auto& generate = home_.core().options.generate_id;
    if (!generate) return ids_.next();
    std::string problem = "an empty id";
    try {
        std::string made = generate(*at.request());
        if (!made.empty()) return made;
    } catch (const std::exception& error) {
        problem = error.what();
    } catch (...) {
        problem = "an unknown exception";
    }
    refuse(at, engine::refuse_id_generation(std::move(problem)));
    return std::nullopt;
}

/// No room for another session, or no time.
void gate::turn_away(connection& at, std::string_view reason) {
    home_.count().turned_away.add(1);
    home_.log(log_level::warning, "handshake turned away",
              {{"reason", reason}, {"address", at.request()->remote_address()}});
    if (facts_of(at).upgrade) return at.refuse_upgrade(503, "Service Unavailable");
    at.close_after_answer();
    at.answer(503);
}

void gate::open_here(connection& at, const engine::request_facts& asked, std::string sid) {
    const server_core& core = home_.core();
    if (core.closing.load(std::memory_order_relaxed)) return turn_away(at, "the server is closing");
    if (!asked.upgrade && home_.unattended() >= core.unattended_limit)
        return turn_away(at, "too many sessions without a poll");
    if (home_.sessions().find(sid)) return refuse(at, engine::refuse_id_generation("the id is in use"));
    if (asked.upgrade) return open_websocket(at, asked, std::move(sid));
    open_polling(at, asked, std::move(sid));
}

void gate::open_polling(connection& at, const engine::request_facts& asked, std::string sid) {
    if (const auto& cookie = home_.core().options.cookie)
        at.headers().add("Set-Cookie", serialize_cookie(*cookie, sid));
    const engine::request_ptr first = at.request();
    auto transport = std::make_unique<polling>(home_, asked);
    transport->admit(at);
    home_.sessions().open(std::move(sid), asked.protocol, first, std::move(transport));
}

void gate::open_websocket(connection& at, const engine::request_facts& asked, std::string sid) {
    const engine::request_ptr first = at.request();
    std::optional<accepted> agreed = switch_protocols(at, asked);
    if (!agreed) return;
    auto transport = std::make_unique<websocket>(home_, std::move(agreed->on), std::move(agreed->terms));
    websocket& incoming = *transport;
    home_.sessions().open(std::move(sid), asked.protocol, first, std::move(transport));
    incoming.read(agreed->rest());
}

void gate::run_header_hooks(connection& at) {
    const server_options& options = home_.core().options;
    if (!options.headers && !options.initial_headers) return;
    const engine::request& asking = *at.request();
    home_.home().guarded([&] {
        if (options.initial_headers && engine::request_facts(asking).sid.empty())
            options.initial_headers(at.headers(), asking);
        if (options.headers) options.headers(at.headers(), asking);
    });
}

// ---- other paths

void gate::foreign(connection& at) {
    const server_core& core = home_.core();
    if (at.apart()) return at.share()->collect(core.options.max_request_body);
    if (at.request()->upgrade() && (core.websocket || core.on_upgrade)) return foreign_upgrade(at);
    if (!core.on_request) return at.answer(404);
    at.share()->collect(core.options.max_request_body);
}

void gate::foreign_upgrade(connection& at) {
    const server_core& core = home_.core();
    at.hold(core.options.destroy_upgrade ? std::optional(core.options.destroy_upgrade_timeout)
                                         : std::nullopt);
    if (!core.on_upgrade) return;
    upgrade_offer offer(at.share());
    home_.home().guarded([&] { core.on_upgrade(std::move(offer)); });
}

void gate::ask_application(connection& at) {
    const std::shared_ptr<ticket> held = at.share();
    exchange asked(std::make_shared<right_to_answer>(held, held->stage()));
    const auto& answer = at.apart() ? at.by()->answer : home_.core().on_request;
    home_.home().guarded([&] { answer(std::move(asked)); });
}

}  // namespace kedge::transports
