#include <kedge/transports/engineio/relief.hpp>

#include <string>

#include <kedge/engine/arrivals.hpp>
#include <kedge/engine/buffered_bytes.hpp>
#include <kedge/engine/options.hpp>
#include <kedge/engine/registry.hpp>
#include <kedge/transports/http/http_share.hpp>
#include <kedge/transports/loop/machine_memory.hpp>

namespace kedge::transports {

namespace {

using clock = std::chrono::steady_clock;

// Who holds less is not what fills the memory: a token that a socket entered with, and what it takes as
// values, is less.
constexpr std::size_t least = std::size_t{16} * 1024;
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

/// One worker after another, in a turn of its own. Where there is no memory even for that, it begins anew
/// with whoever looks next.
void relief::go_on(visit next) {
    try {
        places_[next.place].home->home().post([this, next] { shed_here(next); });
    } catch (...) {
        under_way_ = false;
        throw;
    }
}

void relief::shed_here(visit now) {
    if (engine::arrivals::total() > target() / 2)
        now.cut += places_[now.place].home->home().arriving().cut_oldest();
    else
        now.closed += places_[now.place].sessions->shed(now.above, target());
    if (++now.place == places_.size()) {
        now.place = 0;
        now.above /= 2;
    }
    if (enough() || now.above < least) return end(now);
    go_on(now);
}

void relief::tell(const visit& last) const {
    const http_share& at = *places_.front().home;
    const std::string closed = std::to_string(last.closed);
    const std::string cut = std::to_string(last.cut);
    if (last.cut > 0)
        at.log(log_level::warning, "too much arrives and does not end: what took longest was cut off",
               {{"cut", cut}});
    if (last.closed > 0 || last.cut == 0)
        at.log(log_level::warning, "too much waits to be sent: the slowest sessions were closed",
               {{"closed", closed}});
}

void relief::end(const visit& last) {
    places_.front().home->home().guarded([&] { tell(last); });
    return_spare_memory();
    ended_ = clock::now().time_since_epoch().count();
    under_way_ = false;
}

}  // namespace kedge::transports
