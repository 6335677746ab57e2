#pragma once

#include <exception>
#include <memory>

#include <node_api.h>

#include <kedge/node/addon/arguments.hpp>
#include <kedge/node/addon/listenings.hpp>
#include <kedge/node/addon/sockets.hpp>

namespace kedge::node {

/// All that one environment (the main thread, or a thread of worker_threads) has; nothing is shared between
/// two.
struct environment {
    napi_env env = nullptr;
    napi_async_cleanup_hook_handle cleanup = nullptr;
    napi_ref pending = nullptr;
    std::unique_ptr<node::sockets> sockets;
    std::unique_ptr<node::listenings> listenings;
    bool ending = false;
    int loops = 0;  // hosts that libuv has not let go of yet

    /// libuv has let go of a host.
    static void loop_closed(void* which) {
        auto* const home = static_cast<environment*>(which);
        --home->loops;
        home->end_if_done();
    }
    void end_if_done() {
        if (!ending || loops > 0) return;
        napi_remove_async_cleanup_hook(cleanup);
        delete this;
    }
};

/// A function of JavaScript: what it throws is thrown there. Before start() it does nothing.
template <napi_value (*Body)(environment&, const arguments&)>
napi_value call(napi_env env, napi_callback_info info) noexcept {
    const arguments given(env, info);
    try {
        return Body(*static_cast<environment*>(given.data()), given);
    } catch (const std::exception& error) {
        napi_throw_error(env, nullptr, error.what());
        return nullptr;
    }
}

inline void define(napi_env env, napi_value exports, environment& home, const char* name,
                   napi_callback function) {
    napi_value made = nullptr;
    if (napi_create_function(env, name, NAPI_AUTO_LENGTH, function, &home, &made) == napi_ok)
        napi_set_named_property(env, exports, name, made);
}

}  // namespace kedge::node
