#include <kedge/transports/engineio/relief.hpp>

#include <string>

#include <kedge/engine/buffered_bytes.hpp>
#include <kedge/engine/options.hpp>
#include <kedge/engine/registry.hpp>
#include <kedge/transports/http/http_share.hpp>
#include <kedge/transports/loop/machine_memory.hpp>

namespace kedge::transports {

namespace {

using clock = std::chrono::steady_clock;

constexpr std::size_t least = 4096;  // who waits for less is not what fills the memory
constexpr clock::duration pause = std::chrono::milliseconds(100);

}  // namespace

std::size_t relief::target() const noexcept {
    return terms_.max_buffered_bytes_total / 4 * 3;
}

bool relief::enough() const noexcept {
    return engine::buffered_bytes::total() <= target();
}

void relief::begin() {
    const auto now = clock::now().time_since_epoch();
    if (now.count() - ended_.load() < pause.count() || under_way_.exchange(true)) return;
    go_on({0, terms_.buffer_limit() / 2, 0});
}

/// One worker after another, in a turn of its own.
void relief::go_on(visit next) {
    places_[next.place].home->home().post([this, next] { shed_here(next); });
}

void relief::shed_here(visit now) {
    now.closed += places_[now.place].sessions->shed(now.above, target());
    if (++now.place == places_.size()) {
        now.place = 0;
        now.above /= 2;
    }
    if (enough() || now.above < least) return end(now);
    go_on(now);
}

void relief::end(const visit& last) {
    const std::string closed = std::to_string(last.closed);
    places_.front().home->log(log_level::warning,
                              "too much waits to be sent: the slowest sessions were closed",
                              {{"closed", closed}});
    return_spare_memory();
    ended_ = clock::now().time_since_epoch().count();
    under_way_ = false;
}

}  // namespace kedge::transports
