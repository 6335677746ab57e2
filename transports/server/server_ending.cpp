#include <kedge/transports/server/server_ending.hpp>

#include <utility>

#include <kedge/transports/http/http_share.hpp>
#include <kedge/transports/http/share_ending.hpp>
#include <kedge/transports/loop/worker.hpp>
#include <kedge/transports/server/server_listeners.hpp>

namespace kedge::transports {

server_ending::server_ending(http_common& http, server_listeners& listeners) noexcept
    : http_(http),
      listeners_(listeners),
      notice_(engine::timer::calls<&server_ending::on_notice_over, server_ending>(), this) {}

server_ending::~server_ending() = default;

void server_ending::when_complete(engine::task done) {
    {
        const std::lock_guard guard(done_lock_);
        if (!complete_) return done_.push_back(std::move(done));
    }
    http_.shares.front()->home().post(std::move(done));
}

void server_ending::begin(const close_options& how) {
    retire();
    http_.shares.front()->home().post([this, how] { on_told(how); });
}

void server_ending::on_told(const close_options& how) {
    if (how.notice <= engine::duration{0}) return end_shares(how);
    if (noticed_ || !endings_.empty()) return;
    noticed_ = true;
    behind_notice_ = how;
    worker& first = http_.shares.front()->home();
    first.timers().arm(notice_, engine::later(first.now(), how.notice));
}

void server_ending::on_notice_over(engine::time_point) {
    end_shares(behind_notice_);
}

void server_ending::end_shares(const close_options& how) {
    if (!endings_.empty()) return;
    http_.closing.store(true, std::memory_order_relaxed);
    http_.shares.front()->log(log_level::info, "closing", {});
    listeners_.close_to_clients();
    const std::size_t shares = http_.shares.size();
    ending_shares_ = shares;
    const double pace = static_cast<double>(how.sessions_per_second) / static_cast<double>(shares);
    for (http_share* const each : http_.shares) {
        endings_.push_back(
            std::make_unique<share_ending>(*each, how.grace, pace, [this] { on_share_ended(); }));
        each->home().post([ending = endings_.back().get()] { ending->begin(); });
    }
}

/// The last share to end tells, and lets run() return.
void server_ending::on_share_ended() {
    if (ending_shares_.fetch_sub(1) != 1) return;
    std::vector<engine::task> tell;
    {
        const std::lock_guard guard(done_lock_);
        complete_ = true;
        tell = std::move(done_);
    }
    http_share& first = *http_.shares.front();
    for (engine::task& each : tell) {
        first.home().guarded(each);
        if (first.home().silent()) return;
    }
    first.home().post([this, &first] {
        first.log(log_level::info, "closed", {});
        listeners_.close();
    });
    for (http_share* const each : http_.shares) each->home().stop();
}

}  // namespace kedge::transports
