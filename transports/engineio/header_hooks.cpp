#include <kedge/transports/engineio/header_hooks.hpp>

#include <kedge/transports/engineio/engine_share.hpp>
#include <kedge/transports/http/connection.hpp>

namespace kedge::transports {

bool has_header_hooks(const engine_share& home) noexcept {
    return home.options().headers || home.options().initial_headers;
}

void run_header_hooks(engine_share& home, connection& at, answer_rank which) {
    if (!has_header_hooks(home)) return;
    const server_options& options = home.options();
    const engine::request& asking = *at.request();
    if (options.initial_headers && which == answer_rank::first)
        home.home().guarded([&] { options.initial_headers(at.headers(), asking); });
    if (options.headers) home.home().guarded([&] { options.headers(at.headers(), asking); });
}

}  // namespace kedge::transports
