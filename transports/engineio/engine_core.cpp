#include <kedge/transports/engineio/engine_core.hpp>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <kedge/engine/log_gate.hpp>
#include <kedge/engine/sid.hpp>
#include <kedge/transports/loop/machine_memory.hpp>

namespace kedge::transports {

namespace {

std::string prefix_of(const server_options& options) {
    std::string prefix = options.path;
    if (prefix.ends_with('/')) prefix.pop_back();
    if (options.add_trailing_slash) prefix.push_back('/');
    return prefix;
}

// A server that could serve nobody says so before it starts.
void check(const server_options& options) {
    if (!options.path.empty() && options.path.front() != '/')
        throw std::invalid_argument("path: \"" + options.path + "\" has to begin with '/'");
    if (options.engine.transports.empty()) throw std::invalid_argument("transports: none is left to serve");
    constexpr engine::duration none{0};
    if (options.engine.ping_interval <= none || options.engine.ping_timeout <= none)
        throw std::invalid_argument(
            "ping_interval and ping_timeout have to be above 0: heartbeats cannot be switched off");
}

}  // namespace

engine_core::engine_core(server_options given) : options(std::move(given)), prefix(prefix_of(options)) {
    check(options);
    prefer_large_pages();
    options.log = engine::gated(std::move(options.log), options.log_lines_per_second);
    if (options.engine.max_buffered_bytes_total == 0)
        options.engine.max_buffered_bytes_total = machine_memory() / 4;
    const auto& served = options.engine.transports;
    websocket = std::find(served.begin(), served.end(), engine::transport_kind::websocket) != served.end();
    if (options.serve_client) bundles.emplace(options.path);
    if (options.cookie) check_cookie(*options.cookie);
    if (options.cors && !options.cors->origin.enabled()) options.cors.reset();
}

std::optional<unsigned> engine_core::home_of(std::string_view sid) const noexcept {
    if (options.generate_id) return engine::hashed_home(sid, workers);
    return engine::home_of(sid, workers);
}

}  // namespace kedge::transports
