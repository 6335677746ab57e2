#include <kedge/cluster/client/cluster_reading.hpp>

#include <utility>

namespace kedge::cluster {

namespace {

/// Redis answers nothing while it waits for entries.
link_options patient(link_options how, engine::duration block) {
    how.ping_after += block;
    return how;
}

}  // namespace

cluster_reading::cluster_reading(engine::loop& home, cluster_watch& watch, line_yard& yard,
                                 const std::string& name, const stream_reader::settings& how,
                                 stream_reader::trouble_hook on_trouble)
    : watch_(watch),
      slot_(slot_of(name)),
      reader_(home, name, how, std::move(on_trouble)),
      line_(yard.make(patient(yard.options(), how.block), reader_)) {
    reader_.use(line_->link());
    reader_.when_refused([this](std::string_view error) { return on_refused(error); });
    told_ = watch.when_known([this] { on_map(); });
}

void cluster_reading::start() {
    running_ = true;
    line_->link().start();
    if (watch_.map()) on_map();
}

void cluster_reading::stop() {
    running_ = false;
    line_->link().stop();
}

void cluster_reading::on_map() {
    const node_address* const owner = watch_.map()->owner(slot_);
    if (!running_ || !owner || *owner == owner_) return;
    owner_ = *owner;
    if (at_ == owner_) return reader_.ask_early(false);
    go_to(owner_, false);
}

/// What is read early is at a node that has the stream and not yet its slot.
bool cluster_reading::on_refused(std::string_view error) {
    auto to = read_redirection(error);
    if (!to) return false;
    if (to->to.host.empty()) to->to.host = at_.host;
    const node_address next = to->to;
    const bool early = !to->for_good;
    if (!early) owner_ = next;
    watch_.learn(*to);
    go_to(next, early);
    return true;
}

void cluster_reading::go_to(const node_address& where, bool early) {
    reader_.ask_early(early);
    at_ = where;
    if (!line_->lead_to(where)) line_->link().reconnect("another node has the stream now");
}

}  // namespace kedge::cluster
