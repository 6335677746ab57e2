#include <kedge/node/addon/listen_calls.hpp>

#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

#include <uv.h>

#include <kedge/node/addon/arguments.hpp>
#include <kedge/node/addon/environment.hpp>
#include <kedge/node/addon/settings.hpp>
#include <kedge/node/addon/uv_host.hpp>
#include <kedge/transports/engineio/metrics.hpp>
#include <kedge/transports/pages/process_figures.hpp>

namespace kedge::node {

namespace {

const javascript& making(environment& home) {
    return home.sockets->above();
}

napi_value real(environment& home, double value) {
    napi_value made = nullptr;
    napi_create_double(home.env, value, &made);
    return made;
}

/// What is done to one session, unless that has closed.
template <napi_value (*Body)(environment&, conversation&, const arguments&)>
napi_value on_talk(environment& home, const arguments& given) {
    if (!home.listenings) return nullptr;
    conversation* const which = home.listenings->talks().find(given.number(0));
    return which ? Body(home, *which, given) : nullptr;
}

/// What is done to one engine, unless that has ended.
template <napi_value (*Body)(environment&, listening&, const arguments&)>
napi_value on_engine(environment& home, const arguments& given) {
    if (!home.listenings) return nullptr;
    listening* const which = home.listenings->find(given.number(0));
    return which ? Body(home, *which, given) : nullptr;
}

// ---- engines

/// engine(settings): its number.
napi_value make_engine(environment& home, const arguments& given) {
    if (!home.listenings) throw std::logic_error("start() was not called");
    uv_loop_t* loop = nullptr;
    if (napi_get_uv_event_loop(home.env, &loop) != napi_ok)
        throw std::runtime_error("there is no event loop");
    auto options = options_of(settings(home.env, given.at(0)));
    auto under = std::make_unique<uv_host>(*loop, environment::loop_closed, &home);
    ++home.loops;
    const listening& made = home.listenings->add(std::move(under), std::move(options));
    return making(home).number(made.number());
}

/// listen(engine, {port, host, socket, backlog, ipv6Only, tls: {cert, key, passphrase, minVersion}}): the
/// port, or the number of the error below 0.
napi_value listen(environment& home, listening& which, const arguments& given) {
    const settings where(home.env, given.at(1));
    std::shared_ptr<transports::tls_context> tls;
    if (where.given("tls")) tls = std::make_shared<transports::tls_context>(tls_of(where.object("tls")));
    try {
        return real(home, which.listen(address_of(where), std::move(tls)));
    } catch (const std::system_error& error) {
        return real(home, -error.code().value());
    }
}

/// unlisten(engine, how many milliseconds what is under way may take).
napi_value unlisten(environment& home, listening& which, const arguments& given) {
    home.listenings->close(which.number(), engine::duration(given.number(1)));
    return nullptr;
}

/// asks(engine, headers, byNode): see hooks.
napi_value asks(environment& home, listening& which, const arguments& given) {
    which.asks() = {.headers = making(home).truth(given.at(1)), .by_node = making(home).truth(given.at(2))};
    return nullptr;
}

napi_value keep_alive(environment& home, listening& which, const arguments& given) {
    which.keeps_alive(making(home).truth(given.at(1)));
    return nullptr;
}

/// connect(engine): a descriptor of a connection to it.
napi_value connect(environment& home, listening& which, const arguments&) {
    const auto descriptor = which.connect();
    return real(home, descriptor.value_or(-1));
}

/// asked(engine, number): the request that waits for consent.
napi_value asked(environment& home, listening& which, const arguments& given) {
    const auto request = which.waiting(given.number(1));
    return request ? describe(making(home), *request) : nullptr;
}

/// allow(engine, number, id), refuse(engine, number, message), fail(engine, number, why there is no id).
template <void (listening::*Verdict)(std::uint32_t, std::string)>
napi_value decide(environment&, listening& which, const arguments& given) {
    const javascript::stay within(which.above());
    (which.*Verdict)(given.number(1), std::string(given.text(2)));
    return nullptr;
}

/// metrics(): those of all engines, and of the process, as Prometheus reads them.
napi_value metrics(environment& home, const arguments&) {
    if (!home.listenings) return nullptr;
    return making(home).string(transports::prometheus_text(home.listenings->stats()) +
                               transports::prometheus_text(transports::read_process_figures()));
}

// ---- sessions

constexpr std::uint32_t compressed = 1;
constexpr std::uint32_t told = 2;

/// sendText(id, text, flags), sendData(id, bytes, flags).
napi_value send_text(environment&, conversation& which, const arguments& given) {
    const std::uint32_t flags = given.number(2);
    which.send(engine::content_kind::text, given.text(1), (flags & compressed) != 0, (flags & told) != 0);
    return nullptr;
}
napi_value send_data(environment&, conversation& which, const arguments& given) {
    const std::uint32_t flags = given.number(2);
    which.send(engine::content_kind::binary, given.bytes(1), (flags & compressed) != 0, (flags & told) != 0);
    return nullptr;
}

/// shareText(text, compress): the message that sendShared() sends, from here on; without a text there is
/// none.
napi_value share_text(environment& home, const arguments& given) {
    if (!home.listenings) return nullptr;
    const std::string_view text = given.text(0);
    const bool compress = making(home).truth(given.at(1));
    home.listenings->talks().share(
        text.empty() ? nullptr
                     : engine::message::make(engine::content_kind::text, std::string(text), compress));
    return nullptr;
}
napi_value send_shared(environment&, conversation& which, const arguments&) {
    which.send_shared();
    return nullptr;
}

/// closeSession(id, discard): whether it has closed.
napi_value close_session(environment& home, conversation& which, const arguments& given) {
    return making(home).boolean(which.close(making(home).truth(given.at(1))));
}
napi_value abandon(environment&, conversation& which, const arguments&) {
    which.abandon();
    return nullptr;
}
napi_value watch(environment& home, conversation& which, const arguments& given) {
    which.watch(making(home).truth(given.at(1)));
    return nullptr;
}
/// facts(id): see conversation::state.
napi_value facts(environment& home, conversation& which, const arguments&) {
    return making(home).number(which.facts());
}
napi_value waiting(environment& home, conversation& which, const arguments&) {
    return real(home, static_cast<double>(which.session().unsent()));
}
napi_value first_request(environment& home, conversation& which, const arguments&) {
    return describe(making(home), *which.session().first_request());
}

}  // namespace

void define_listening(napi_env env, napi_value exports, environment& home) {
    define(env, exports, home, "engine", call<make_engine>);
    define(env, exports, home, "listen", call<on_engine<listen>>);
    define(env, exports, home, "unlisten", call<on_engine<unlisten>>);
    define(env, exports, home, "asks", call<on_engine<asks>>);
    define(env, exports, home, "keepAlive", call<on_engine<keep_alive>>);
    define(env, exports, home, "connect", call<on_engine<connect>>);
    define(env, exports, home, "asked", call<on_engine<asked>>);
    define(env, exports, home, "allow", call<on_engine<decide<&listening::allow>>>);
    define(env, exports, home, "refuse", call<on_engine<decide<&listening::refuse>>>);
    define(env, exports, home, "fail", call<on_engine<decide<&listening::fail>>>);
    define(env, exports, home, "metrics", call<metrics>);
    define(env, exports, home, "sendText", call<on_talk<send_text>>);
    define(env, exports, home, "sendData", call<on_talk<send_data>>);
    define(env, exports, home, "shareText", call<share_text>);
    define(env, exports, home, "sendShared", call<on_talk<send_shared>>);
    define(env, exports, home, "closeSession", call<on_talk<close_session>>);
    define(env, exports, home, "abandon", call<on_talk<abandon>>);
    define(env, exports, home, "watch", call<on_talk<watch>>);
    define(env, exports, home, "facts", call<on_talk<facts>>);
    define(env, exports, home, "waiting", call<on_talk<waiting>>);
    define(env, exports, home, "firstRequest", call<on_talk<first_request>>);
}

}  // namespace kedge::node
