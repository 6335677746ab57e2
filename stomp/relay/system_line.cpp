#include <kedge/stomp/relay/system_line.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace kedge::stomp {

system_line::system_line(engine::loop& home, broker_wire& to, engine::random_source& random, terms how,
                         relay_figures& counted, system_line_user& user)
    : home_(home),
      random_(random),
      terms_(std::move(how)),
      counted_(counted),
      user_(user),
      link_(home, to, terms_.link, *this),
      timer_(engine::timer::calls<&system_line::on_time, system_line>(), this),
      pause_(terms_.shortest_pause) {}

void system_line::stop() {
    timer_.disarm();
    link_.stop();
    counted_.available = false;
    counted_.dropped.fetch_add(waiting_.size(), std::memory_order_relaxed);
    waiting_.clear();
    waiting_bytes_ = 0;
}

void system_line::on_ready() {
    pause_ = terms_.shortest_pause;
    told_lost_ = false;
    counted_.missed = false;
    counted_.available = true;
    user_.on_available();
    flush();
}

void system_line::on_lost(const frame& why) {
    counted_.available = false;
    counted_.missed = !link_.reached();
    counted_.failures.fetch_add(1, std::memory_order_relaxed);
    std::array<std::byte, 1> chance{};
    random_.fill(chance);
    // Between half of the pause and all of it: nodes that lost a broker together do not come back together.
    const auto wait = pause_ / 2 + (pause_ / 2) * std::to_integer<int>(chance[0]) / 255;
    pause_ = std::min(pause_ * 2, terms_.longest_pause);
    home_.timers().arm(timer_, home_.now() + wait);
    if (std::exchange(told_lost_, true)) return;
    user_.on_unavailable(why.body.empty() ? why.value("message") : std::string_view(why.body));
}

// ---- messages

void system_line::send(std::string destination, std::vector<header> headers, std::string body) {
    message made{std::move(destination), std::move(headers), std::move(body), 0};
    if (link_.ready() && !link_.congested() && waiting_.empty()) return transmit(made);
    made.size = sizeof made + made.destination.size() + made.body.size();
    for (const auto& [name, value] : made.headers) made.size += sizeof(header) + name.size() + value.size();
    if (waiting_bytes_ + made.size > terms_.max_waiting) {
        counted_.dropped.fetch_add(1, std::memory_order_relaxed);
        return;
    }
    waiting_bytes_ += made.size;
    waiting_.push_back(std::move(made));
}

void system_line::flush() {
    while (!waiting_.empty() && link_.ready() && !link_.congested()) {
        const message next = std::move(waiting_.front());
        waiting_.pop_front();
        waiting_bytes_ -= next.size;
        transmit(next);
    }
}

void system_line::transmit(const message& what) {
    std::vector<header_view> headers{{"destination", what.destination}};
    headers.insert(headers.end(), what.headers.begin(), what.headers.end());
    counted_.passed_on.fetch_add(1, std::memory_order_relaxed);
    link_.send("SEND", headers, what.body);
}

}  // namespace kedge::stomp
