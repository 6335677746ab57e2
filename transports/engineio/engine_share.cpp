#include <kedge/transports/engineio/engine_share.hpp>

#include <kedge/engine/session.hpp>
#include <kedge/transports/loop/machine_memory.hpp>

namespace kedge::transports {

namespace {

constexpr engine::duration tidy_after{5'000};

ws_limits limits_of(const server_options& options) {
    return {.max_message = options.engine.max_http_buffer_size,
            .max_unsent = options.engine.buffer_limit(),
            .close_frame_timeout = options.close_frame_timeout};
}

}  // namespace

engine_share::engine_share(http_share& http, engine_core& core)
    : http_(http),
      core_(core),
      lobby_(core.unattended),
      websockets_(http.home(), limits_of(core.options),
                  [&http](const engine::origin& who) {
                      http.log(log_level::info, "connection ended",
                               {{"reason", "no close frame came in time"}, {"address", who.address}});
                  }),
      packer_(http.home(), websockets_.compressing()),
      tidying_(engine::timer::calls<&engine_share::tidy, engine_share>(), this),
      sessions_(http.home(), core.options.engine, *this) {
    core_.shares.push_back(this);
    core_.shedding.add(http_, sessions_);
    home().arriving().bound(core.options.engine.max_buffered_bytes_total,
                            [&shedding = core_.shedding] { shedding.begin(); });
}

std::uint64_t engine_share::bytes_waiting() {
    if (worker::current() == &home())
        weigh();
    else if (!weighing_.exchange(true))
        http_.way()->post([this] { weigh(); });
    return bytes_waiting_.load(std::memory_order_relaxed);
}

void engine_share::weigh() {
    std::uint64_t sum = 0;
    sessions_.each([&sum](const engine::session& each) { sum += each.unsent(); });
    bytes_waiting_.store(sum, std::memory_order_relaxed);
    weighing_.store(false);
}

std::unique_ptr<engine::session_handler> engine_share::on_connection(engine::session& opened) {
    http_.log(log_level::debug, "session opened",
              {{"sid", opened.id()},
               {"transport", engine::to_string(opened.kind())},
               {"protocol", opened.revision() == engine::revision::v4 ? "4" : "3"},
               {"address", opened.first_request()->remote_address()}});
    return core_.above->on_connection(opened);
}

void engine_share::on_closed(engine::session& closed, engine::close_reason why,
                             std::string_view description) {
    const bool as_wished =
        why == engine::close_reason::transport_close || why == engine::close_reason::forced_close;
    http_.log(as_wished ? log_level::debug : log_level::info, "session closed",
              {{"sid", closed.id()},
               {"reason", engine::to_string(why)},
               {"description", description},
               {"address", closed.first_request()->remote_address()}});
    core_.above->on_closed(closed, why, description);
    tidy_later();
}

/// Looks, when it is quieter, whether memory can go back to the system.
void engine_share::tidy_later() {
    if (!http_.closing() && !http_.ending() && !tidying_.armed())
        home().timers().arm(tidying_, home().now() + tidy_after);
}

void engine_share::tidy(engine::time_point) {
    return_spare_memory();
}

}  // namespace kedge::transports
