#include <algorithm>
#include <array>
#include <bench/load/run.hpp>
#include <bench/load/speaker.hpp>
#include <cstdio>
#include <cstdlib>

namespace bench {
namespace {

/// Clients of SockJS or STOMP: each hears what it says itself, or all hear what the first one says.
class ways final : public run, private speaker_owner {
  public:
    explicit ways(const settings& how)
        : run(how),
          all_hear_(how.mode == "broadcast"),
          speaks_{how.speaks, how.path, all_hear_},
          said_(all_hear_ ? 1 : how.clients),
          heard_(how.clients) {}

    void go() override {
        turn_until([this] {
            while (speakers_.size() < how_.clients && speakers_.size() - connected_ < connecting_at_once)
                speakers_.push_back(open_speaker(speaks_, poll_, how_.where, speakers_.size(), *this));
            return connected_ >= how_.clients;
        });
        turn_for(how_.settle);
        for (std::size_t source = 0; source < said_.size(); ++source) say(source, how_.window);
        turn_for(how_.seconds / 4);
        const auto before = all_;
        meter_.begin();
        turn_for(how_.seconds);
        meter_.end(static_cast<double>(all_ - before));
        meter_.note("all_messages", static_cast<double>(all_));
        meter_.print();
    }

  private:
    struct source {
        std::size_t said = 0;
        std::array<std::size_t, 128> deliveries{};
        std::array<steady::time_point, 128> since;
    };

    void on_stream(session&, std::string_view) override {}
    void on_ready(speaker&) override { ++connected_; }

    void say(std::size_t from, std::size_t count) {
        auto& talk = said_[from];
        for (; count > 0; --count) {
            talk.since[talk.said % talk.since.size()] = steady::now();
            speakers_[from]->say(spoken(talk.said++, how_.size));
        }
    }

    void on_heard(speaker& who, std::size_t number) override {
        auto& next = heard_[who.number()];
        if (number != next % speaker_period) {
            std::fprintf(stderr, "client %zu: message %zu instead of %zu\n", who.number(), number, next);
            std::exit(1);
        }
        const std::size_t from = all_hear_ ? 0 : who.number();
        auto& talk = said_[from];
        const std::size_t place = next++ % talk.since.size();
        ++all_;
        meter_.latency(steady::now() - talk.since[place]);
        if (++talk.deliveries[place] < (all_hear_ ? how_.clients : 1)) return;
        talk.deliveries[place] = 0;
        say(from, 1);
    }

    bool all_hear_;
    dialect speaks_;
    std::vector<std::unique_ptr<speaker>> speakers_;
    std::vector<source> said_;
    std::vector<std::size_t> heard_;  // by client: the number that comes next
    std::size_t all_ = 0;
};

}  // namespace

std::unique_ptr<run> make_ways(const settings& how) {
    return std::make_unique<ways>(how);
}

}  // namespace bench
