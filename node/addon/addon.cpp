#include <array>
#include <cmath>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>

#include <node_api.h>
#include <uv.h>

#include <kedge/node/addon/arguments.hpp>
#include <kedge/node/addon/environment.hpp>
#include <kedge/node/addon/javascript.hpp>
#include <kedge/node/addon/listen_calls.hpp>
#include <kedge/node/addon/sockets.hpp>
#include <kedge/node/addon/uv_host.hpp>

namespace kedge::node {

namespace {

napi_value boolean(napi_env env, bool value) noexcept {
    napi_value made = nullptr;
    napi_get_boolean(env, value, &made);
    return made;
}

/// What is done to one websocket, unless that has ended.
template <napi_value (*Body)(napi_env, socket&, const arguments&)>
napi_value on_socket(environment& home, const arguments& given) {
    if (!home.sockets) return nullptr;
    socket* const which = home.sockets->find(given.number(0));
    return which ? Body(home.env, *which, given) : nullptr;
}

/// start(the handlers of javascript::event, the resource of their calls): the bytes of sockets::pending(), by
/// number.
napi_value start(environment& home, const arguments& given) {
    uv_loop_t* loop = nullptr;
    if (home.sockets) throw std::logic_error("start() was called before");
    if (napi_get_uv_event_loop(home.env, &loop) != napi_ok)
        throw std::runtime_error("there is no event loop");
    void* bytes = nullptr;
    napi_value buffer = nullptr;
    napi_value view = nullptr;
    if (napi_create_arraybuffer(home.env, sockets::most, &bytes, &buffer) != napi_ok ||
        napi_create_typedarray(home.env, napi_uint8_array, sockets::most, buffer, 0, &view) != napi_ok ||
        napi_create_reference(home.env, buffer, 1, &home.pending) != napi_ok)
        throw std::bad_alloc();
    auto above = std::make_unique<javascript>(home.env, given.at(0), given.at(1));
    auto under = std::make_unique<uv_host>(*loop, environment::loop_closed, &home);
    ++home.loops;
    home.sockets = std::make_unique<node::sockets>(
        std::move(under), std::move(above), std::span(static_cast<std::uint8_t*>(bytes), sockets::most));
    home.listenings = std::make_unique<node::listenings>(home.sockets->above());
    return view;
}

std::optional<agreed_deflate> deflate_of(const arguments& given, std::size_t index) {
    if (!given.is_object(index)) return std::nullopt;
    agreed_deflate agreed;
    agreed.options.threshold = static_cast<std::size_t>(given.member(index, "threshold").value_or(1024));
    agreed.options.level = given.member(index, "level").value_or(-1);
    agreed.options.mem_level = given.member(index, "memLevel").value_or(8);
    agreed.terms.server_no_context_takeover = given.member(index, "serverNoContextTakeover").value_or(0) != 0;
    agreed.terms.client_no_context_takeover = given.member(index, "clientNoContextTakeover").value_or(0) != 0;
    agreed.terms.server_max_window_bits = given.member(index, "serverMaxWindowBits");
    agreed.terms.client_max_window_bits = given.member(index, "clientMaxWindowBits");
    return agreed;
}

/// open(descriptor, read, maxPayload, deflate, first bytes to send): a number, or undefined when it cannot be
/// taken. An object in the place of the descriptor is given to output() and finish().
napi_value open(environment& home, const arguments& given) {
    if (!home.sockets) return nullptr;
    const double limit = given.real(2);
    const std::size_t max_message =
        std::isfinite(limit) && limit > 0 && limit < 9e15 ? static_cast<std::size_t>(limit) : SIZE_MAX;
    std::string read(given.bytes(1));
    const auto deflate = deflate_of(given, 3);
    const auto id =
        given.is_object(0)
            ? home.sockets->carry(given.at(0), std::move(read), max_message, deflate)
            : home.sockets->open(static_cast<int>(given.number(0)), std::move(read), max_message, deflate);
    napi_value made = nullptr;
    if (!id) return made;
    home.sockets->find(*id)->begin(given.text(4));
    napi_create_uint32(home.env, *id, &made);
    return made;
}

napi_value pause(napi_env, socket& which, const arguments&) {
    which.peer().pause();
    return nullptr;
}
napi_value resume(napi_env, socket& which, const arguments&) {
    which.peer().resume();
    return nullptr;
}
napi_value message(napi_env, socket& which, const arguments& given) {
    which.message(given.text(1));
    return nullptr;
}
napi_value text(napi_env, socket& which, const arguments& given) {
    which.text(given.text(1));
    return nullptr;
}
napi_value binary(napi_env, socket& which, const arguments& given) {
    which.binary(given.bytes(1));
    return nullptr;
}
napi_value shared(napi_env, socket& which, const arguments&) {
    which.shared();
    return nullptr;
}
/// feed(id, bytes): how many wait to be looked at.
napi_value feed(napi_env env, socket& which, const arguments& given) {
    napi_value made = nullptr;
    napi_create_double(env, static_cast<double>(which.feed(given.bytes(1))), &made);
    return made;
}
napi_value feed_end(napi_env, socket& which, const arguments&) {
    which.feed_end();
    return nullptr;
}
napi_value feed_drained(napi_env, socket& which, const arguments&) {
    which.peer().feed_drained();
    return nullptr;
}
napi_value blocked(napi_env env, socket& which, const arguments&) {
    return boolean(env, which.blocked());
}
napi_value unsent(napi_env env, socket& which, const arguments&) {
    napi_value made = nullptr;
    napi_create_double(env, static_cast<double>(which.peer().unsent()), &made);
    return made;
}

/// carried(id): [read, written, idle], in bytes and milliseconds; undefined where the kernel does not say.
napi_value carried(environment& home, const arguments& given) {
    const socket* const which = home.sockets ? home.sockets->find(given.number(0)) : nullptr;
    const auto known = which ? which->carried() : std::nullopt;
    if (!known) return nullptr;
    const javascript& above = home.sockets->above();
    return above.list(std::array{above.real(static_cast<double>(known->read)),
                                 above.real(static_cast<double>(known->written)), above.number(known->idle)});
}

/// local(id): [address, port] of the server's end; undefined where it has none, as UNIX sockets.
napi_value local(environment& home, const arguments& given) {
    const socket* const which = home.sockets ? home.sockets->find(given.number(0)) : nullptr;
    if (!which) return nullptr;
    const transports::socket_address found = which->local();
    if (found.port() == 0) return nullptr;
    const javascript& above = home.sockets->above();
    return above.list(std::array{above.string(found.text()), above.number(found.port())});
}

/// share(head, body): the frame that shared() sends, from here on.
napi_value share(environment& home, const arguments& given) {
    if (home.sockets) home.sockets->share(std::string(given.bytes(0)).append(given.bytes(1)));
    return nullptr;
}

/// flush(): what was sent so far leaves now.
napi_value flush(environment& home, const arguments&) {
    if (home.sockets) home.sockets->home().flush();
    if (home.listenings) home.listenings->flush();
    return nullptr;
}

/// shut(id, code, reason): begins the close handshake, at whose end close is told; with code 0 its frame has
/// none.
napi_value shut(napi_env, socket& which, const arguments& given) {
    which.peer().shut(static_cast<std::uint16_t>(given.number(1)), given.text(2));
    return nullptr;
}

/// Ends a websocket of which nothing more is told.
template <void (transports::ws_peer::*End)() noexcept>
napi_value end(environment& home, const arguments& given) {
    if (!home.sockets) return nullptr;
    socket* const which = home.sockets->find(given.number(0));
    if (!which) return nullptr;
    (which->peer().*End)();
    home.sockets->release(*which);
    return nullptr;
}

/// The environment ends, perhaps under live clients: their connections are cut, and it is waited for libuv.
void clean_up(napi_async_cleanup_hook_handle, void* data) {
    auto* const home = static_cast<environment*>(data);
    if (home->pending) napi_delete_reference(home->env, home->pending);
    home->pending = nullptr;
    if (home->sockets) home->sockets->above().silence();
    home->listenings.reset();
    home->sockets.reset();
    home->ending = true;
    home->end_if_done();
}

napi_value begin(napi_env env, napi_value exports) {
    auto made = std::make_unique<environment>();
    made->env = env;
    if (napi_add_async_cleanup_hook(env, clean_up, made.get(), &made->cleanup) != napi_ok) return exports;
    environment& home = *made.release();
    define(env, exports, home, "start", call<start>);
    define(env, exports, home, "open", call<open>);
    define(env, exports, home, "pause", call<on_socket<pause>>);
    define(env, exports, home, "resume", call<on_socket<resume>>);
    define(env, exports, home, "message", call<on_socket<message>>);
    define(env, exports, home, "text", call<on_socket<text>>);
    define(env, exports, home, "binary", call<on_socket<binary>>);
    define(env, exports, home, "share", call<share>);
    define(env, exports, home, "shared", call<on_socket<shared>>);
    define(env, exports, home, "feed", call<on_socket<feed>>);
    define(env, exports, home, "feedEnd", call<on_socket<feed_end>>);
    define(env, exports, home, "feedDrained", call<on_socket<feed_drained>>);
    define(env, exports, home, "blocked", call<on_socket<blocked>>);
    define(env, exports, home, "unsent", call<on_socket<unsent>>);
    define(env, exports, home, "carried", call<carried>);
    define(env, exports, home, "local", call<local>);
    define(env, exports, home, "flush", call<flush>);
    define(env, exports, home, "shut", call<on_socket<shut>>);
    define(env, exports, home, "hangUp", call<end<&transports::ws_peer::hang_up>>);
    define(env, exports, home, "abort", call<end<&transports::ws_peer::abort>>);
    define_listening(env, exports, home);
    return exports;
}

}  // namespace

}  // namespace kedge::node

extern "C" __attribute__((visibility("default"))) napi_value napi_register_module_v1(napi_env env,
                                                                                     napi_value exports) {
    return kedge::node::begin(env, exports);
}

extern "C" __attribute__((visibility("default"))) std::int32_t node_api_module_get_api_version_v1() {
    return 8;
}
