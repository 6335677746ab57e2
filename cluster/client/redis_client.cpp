#include <kedge/cluster/client/redis_client.hpp>

#include <utility>

#include <kedge/cluster/client/make_way.hpp>

namespace kedge::cluster {

namespace {

constexpr engine::duration heard_again_within{60'000};  // is the same complaint
constexpr std::size_t most_complaints = 100;

}  // namespace

redis_client::redis_client(transports::worker& home, const redis_address& where, log_hook log)
    : home_(home),
      figures_(where.link.figures),
      log_(std::move(log)),
      way_(make_way(
          home, where,
          {.on_ready = [this] { say_when_well(); },
           .on_not_ready = [this] { well_ = false; },
           .on_live = [this](bool again) { on_live(again); },
           .on_not_live = [this] { live_ = well_ = false; },
           .on_trouble = [this](std::string_view what, std::string_view why) { complain(what, why); }})) {}

redis_client::~redis_client() = default;

void redis_client::start() {
    way_->start(true);
}

void redis_client::stop() {
    way_->stop();
    for (const auto& [name, each] : streams_) each->stop();
}

stream_reader& redis_client::read_stream(const std::string& name, const stream_reader::settings& how) {
    auto& there = streams_[name];
    if (!there) {
        there = way_->read(name, how);
        there->start();
    }
    return there->reader();
}

// It may be in the middle of an entry.
void redis_client::let_go(stream_reader& which) {
    if (!which.heard_by_nobody()) return;
    auto taken = streams_.extract(which.name());
    if (taken.empty()) return;
    taken.mapped()->stop();
    home_.bury(std::move(taken.mapped()));
}

void redis_client::on_live(bool again) {
    live_ = true;
    if (again) log_(log_level::warning, "what was published while Redis was away is lost", {});
    say_when_well();
}

void redis_client::say_when_well() {
    if (!live_ || !commands().ready() || std::exchange(well_, true)) return;
    complaints_.clear();
    log_(log_level::info, "connected to Redis", {});
}

void redis_client::complain(std::string_view what, std::string_view why) {
    std::string text(what);
    text += why;
    if (complaints_.size() > most_complaints) complaints_.clear();
    const auto [found, is_new] = complaints_.try_emplace(std::move(text), home_.now());
    const auto last = std::exchange(found->second, home_.now());
    if (is_new || last + heard_again_within < home_.now()) log_(log_level::warning, what, why);
}

}  // namespace kedge::cluster
