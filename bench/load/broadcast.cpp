#include <array>
#include <bench/load/run.hpp>
#include <charconv>
#include <cstdio>
#include <cstdlib>

namespace bench {
namespace {

class broadcast final : public run {
  public:
    explicit broadcast(const settings& how)
        : run(how),
          pong_(framing_of(how.over).outgoing("3")),
          publishers_(how.publishers),
          heard_(how.clients * how.publishers),
          incomplete_(how.clients) {
        for (unsigned i = 0; i < how.publishers; ++i)
            works_.emplace_back(how.mode, framing_of(how.over), how.size, i);
        // The label is where two publishers' first messages differ.
        const auto sample = works_[0].incoming(0, 1);
        label_ = sample.find("\",\"") + 3;
    }

    void go() override {
        connect_up_to(how_.clients);
        turn_for(how_.settle);
        for (std::size_t i = 0; i < how_.publishers; ++i) publish(i, how_.window);
        turn_for(how_.seconds / 4);
        const auto before = deliveries_;
        meter_.begin();
        turn_for(how_.seconds);
        meter_.end(static_cast<double>(deliveries_ - before));
        meter_.note("all_messages", static_cast<double>(deliveries_));
        meter_.print();
    }

  private:
    struct publisher {
        std::size_t sent = 0;
        std::array<std::size_t, workload::period> deliveries{};
        std::array<steady::time_point, workload::period> since;
    };

    void publish(std::size_t which, std::size_t count) {
        auto& source = publishers_[which];
        for (std::size_t i = 0; i < count; ++i)
            source.since[(source.sent + i) % workload::period] = steady::now();
        sessions_[which]->send(works_[which].outgoing(source.sent, count));
        source.sent += count;
    }

    void on_stream(session& who, std::string_view bytes) override {
        auto& incomplete = incomplete_[who.number()];
        std::string joined;
        if (!incomplete.empty()) {
            joined = std::move(incomplete.append(bytes));
            bytes = joined;
        }
        while (const auto size = who.how().item_size(bytes)) {
            on_item(who, bytes.substr(0, size));
            bytes.remove_prefix(size);
        }
        incomplete = std::string(bytes);
        publish_more();
    }

    void on_item(session& who, std::string_view item) {
        if (item.size() != works_[0].incoming_size()) {
            if (who.how().packet(item) != "2") fail_to_agree(item);
            return who.send(pong_);
        }
        const auto from = digits(item.substr(label_, 2));
        if (from >= publishers_.size()) fail_to_agree(item);
        auto& next = heard_[who.number() * publishers_.size() + from];
        if (item != works_[from].incoming(next, 1)) fail_to_agree(item);
        ++deliveries_;
        on_delivery(from, next++);
    }

    // A publisher sends its next message when all clients have one of its earlier ones.
    void on_delivery(std::size_t from, std::size_t number) {
        auto& source = publishers_[from];
        auto& count = source.deliveries[number % workload::period];
        if (meter_.running()) meter_.latency(steady::now() - source.since[number % workload::period]);
        if (++count < how_.clients) return;
        count = 0;
        ready_.push_back(from);
    }

    void publish_more() {
        for (const auto each : ready_) publish(each, 1);
        ready_.clear();
    }

    static std::size_t digits(std::string_view text) {
        std::size_t number = static_cast<std::size_t>(-1);
        std::from_chars(text.data(), text.data() + text.size(), number);
        return number;
    }

    [[noreturn]] static void fail_to_agree(std::string_view item) {
        std::fprintf(stderr, "a wrong broadcast: %.*s\n",
                     static_cast<int>(std::min<std::size_t>(item.size(), 300)), item.data());
        std::exit(1);
    }

    std::vector<workload> works_;
    std::string pong_;
    std::vector<publisher> publishers_;
    std::vector<std::size_t> heard_;  // by client and publisher: the number that comes next
    std::vector<std::string> incomplete_;
    std::vector<std::size_t> ready_;
    std::size_t label_ = 0;
    std::size_t deliveries_ = 0;
};

}  // namespace

std::unique_ptr<run> make_broadcast(const settings& how) {
    return std::make_unique<broadcast>(how);
}

}  // namespace bench
