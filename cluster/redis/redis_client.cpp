#include <kedge/cluster/redis/redis_client.hpp>

#include <utility>

namespace kedge::cluster {

namespace {

redis_address for_listening(redis_address where) {
    where.link.answers = false;
    return where;
}

}  // namespace

/// A stream and the line that it is read by.
struct redis_client::reading final : transports::mortal {
    reading(redis_client& of, const std::string& name, const stream_reader::settings& how)
        : reader(of.home_, name, how,
                 [&of](std::string_view what, std::string_view why) { of.complain(what, why); }),
          line(of.home_, patient(of.where_, how.block), reader) {
        reader.use(line.link());
    }

    /// Redis answers nothing while it waits for entries.
    static redis_address patient(redis_address where, engine::duration block) {
        where.link.ping_after += block;
        return where;
    }

    stream_reader reader;
    redis_line line;
};

redis_client::redis_client(transports::worker& home, const redis_address& where, log_hook log)
    : home_(home),
      where_(where),
      log_(std::move(log)),
      commands_(home, where, *this),
      channels_({.on_live = [this](bool again) { on_live(again); },
                 .on_down = [this] { live_ = well_ = false; },
                 .on_trouble = [this](std::string_view what, std::string_view why) { complain(what, why); }}),
      listening_(home, for_listening(where), channels_) {
    channels_.use(listening_.link());
}

redis_client::~redis_client() = default;

void redis_client::start() {
    commands_.start();
    listening_.start();
}

void redis_client::stop() {
    commands_.stop();
    listening_.stop();
    for (const auto& [name, each] : streams_) each->line.stop();
}

stream_reader& redis_client::read_stream(const std::string& name, const stream_reader::settings& how) {
    auto& there = streams_[name];
    if (!there) {
        there = std::make_unique<reading>(*this, name, how);
        there->line.start();
    }
    return there->reader;
}

// It may be in the middle of an entry.
void redis_client::let_go(stream_reader& which) {
    if (!which.heard_by_nobody()) return;
    auto taken = streams_.extract(which.name());
    if (taken.empty()) return;
    taken.mapped()->line.stop();
    home_.bury(std::move(taken.mapped()));
}

void redis_client::on_ready() {
    say_when_well();
}

void redis_client::on_down() {
    well_ = false;
}

void redis_client::on_live(bool again) {
    live_ = true;
    if (again) log_(log_level::warning, "what was published while Redis was away is lost", {});
    say_when_well();
}

void redis_client::say_when_well() {
    if (!live_ || !commands_.link().ready() || std::exchange(well_, true)) return;
    complaint_.clear();
    log_(log_level::info, "connected to Redis", {});
}

void redis_client::complain(std::string_view what, std::string_view why) {
    std::string now(what);
    now += why;
    if (now == complaint_) return;
    complaint_ = std::move(now);
    log_(log_level::warning, what, why);
}

}  // namespace kedge::cluster
