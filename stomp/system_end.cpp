#include <kedge/stomp/system_end.hpp>

#include <utility>

namespace kedge::stomp {

system_end::system_end(transports::http_share& home, std::shared_ptr<relay_core> of)
    : home_(home),
      of_(std::move(of)),
      net_(home.home(), of_->address(), of_->tls),
      line_(home.home(), net_, random_,
            {.link = of_->link,
             .shortest_pause = of_->terms.shortest_pause,
             .longest_pause = of_->terms.longest_pause,
             .max_waiting = of_->terms.max_waiting_bytes},
            of_->counted, *this) {
    net_.use(line_.link());
    of_->system->way = home.way();
    of_->system->at = &line_;
    // The worker does not run yet.
    home.way()->post([at = of_->system] {
        if (at->at) at->at->start();
    });
}

system_end::~system_end() {
    of_->system->at = nullptr;
}

void system_end::on_available() {
    home_.log(log_level::info, "STOMP broker reached", {{"broker", of_->name()}});
}

void system_end::on_unavailable(std::string_view why) {
    home_.log(log_level::warning, "STOMP broker not there", {{"broker", of_->name()}, {"error", why}});
}

}  // namespace kedge::stomp
