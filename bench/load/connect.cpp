#include <algorithm>
#include <bench/common/usage.hpp>
#include <bench/load/expectation.hpp>
#include <bench/load/run.hpp>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace bench {
namespace {

class connect final : public run {
  public:
    using run::run;

    void go() override {
        meter_.begin();
        connect_up_to(how_.clients);
        meter_.end(static_cast<double>(how_.clients));
        meter_.print();
    }

  private:
    void on_stream(session&, std::string_view) override {}
};

class churn final : public run {
  public:
    explicit churn(const settings& how)
        : run(how),
          work_("ack", framing_of(how.over), how.size),
          answers_(connecting_at_once),
          since_(connecting_at_once) {}

    void go() override {
        meter_.begin();
        for (std::size_t i = 0; i < connecting_at_once; ++i) {
            sessions_.emplace_back();
            begin(i);
        }
        turn_until([this] {
            // What has left is gone only now, when no event of the last turn can name it.
            for (const auto seat : std::exchange(left_, {})) begin(seat);
            return done_ >= how_.clients;
        });
        meter_.end(static_cast<double>(done_));
        meter_.print();
    }

  private:
    void begin(std::size_t seat) {
        answers_[seat] = {};
        since_[seat] = steady::now();
        sessions_[seat] = open_session(how_.over, poll_, how_.where, seat, *this);
    }

    void on_connected(session& who) override { who.send(work_.outgoing(0, 1)); }

    void on_stream(session& who, std::string_view bytes) override {
        const auto verdict = answers_[who.number()].check(bytes, work_, who.how());
        if (!verdict.right) {
            std::fprintf(stderr, "a wrong answer: %.*s\n",
                         static_cast<int>(std::min<std::size_t>(bytes.size(), 300)), bytes.data());
            std::exit(1);
        }
        if (verdict.answers == 0) return;
        meter_.latency(steady::now() - since_[who.number()]);
        ++done_;
        left_.push_back(who.number());
    }

    workload work_;
    std::vector<expectation> answers_;
    std::vector<steady::time_point> since_;
    std::vector<std::size_t> left_;
    std::size_t done_ = 0;
};

class idle final : public run {
  public:
    explicit idle(const settings& how) : run(how), pong_(framing_of(how.over).outgoing("3")) {}

    void go() override {
        // A few first: what a server sets up once is not what a client costs.
        const std::size_t few = std::min<std::size_t>(100, how_.clients / 2);
        connect_up_to(few);
        turn_for(0.5);
        const double before = resident_kilobytes(how_.server);
        connect_up_to(how_.clients);
        turn_for(1);
        const double kilobytes = resident_kilobytes(how_.server) - before;
        meter_.note("kb_per_client", kilobytes / static_cast<double>(how_.clients - few));
        if (how_.seconds > 0) {
            meter_.begin();
            turn_for(how_.seconds);
            meter_.end(static_cast<double>(std::max<std::size_t>(pings_, 1)));
        }
        meter_.print();
    }

  private:
    void on_stream(session& who, std::string_view bytes) override {
        if (bytes != who.how().incoming("2")) {
            std::fprintf(stderr, "not a ping: %.*s\n",
                         static_cast<int>(std::min<std::size_t>(bytes.size(), 300)), bytes.data());
            std::exit(1);
        }
        if (meter_.running()) ++pings_;
        who.send(pong_);
    }

    std::string pong_;
    std::size_t pings_ = 0;
};

}  // namespace

std::unique_ptr<run> make_connect(const settings& how) {
    return std::make_unique<connect>(how);
}
std::unique_ptr<run> make_churn(const settings& how) {
    return std::make_unique<churn>(how);
}
std::unique_ptr<run> make_idle(const settings& how) {
    return std::make_unique<idle>(how);
}

}  // namespace bench
