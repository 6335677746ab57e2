#include <array>
#include <bench/load/expectation.hpp>
#include <bench/load/run.hpp>
#include <cstdio>
#include <cstdlib>

namespace bench {
namespace {

class exchange final : public run {
  public:
    explicit exchange(const settings& how)
        : run(how),
          work_(how.mode, framing_of(how.over), how.size),
          pong_(framing_of(how.over).outgoing("3")),
          talks_(how.clients) {
        if (how_.window > workload::period) {
            std::fprintf(stderr, "--window: at most %zu\n", workload::period);
            std::exit(2);
        }
    }

    void go() override {
        connect_up_to(how_.clients);
        turn_for(how_.settle);
        due_ = steady::now();
        if (how_.rate == 0) {
            for (auto& each : sessions_) send(*each, how_.window, steady::now());
        }
        work_for(how_.seconds / 4);
        const auto before = answers_;
        meter_.begin();
        work_for(how_.seconds);
        meter_.end(static_cast<double>(answers_ - before));
        meter_.note("all_messages", static_cast<double>(answers_));
        meter_.print();
    }

  private:
    struct conversation {
        expectation answers;
        std::size_t sent = 0;
        std::size_t answered = 0;
        std::array<steady::time_point, workload::period> since;
    };

    void work_for(double seconds) {
        if (how_.rate == 0) return turn_for(seconds);
        const auto end = steady::now() +
                         std::chrono::duration_cast<steady::duration>(std::chrono::duration<double>(seconds));
        const auto pace = std::chrono::nanoseconds(static_cast<long>(1e9 / how_.rate));
        while (steady::now() < end) {
            for (; due_ <= steady::now(); due_ += pace) send(*sessions_[turn_++ % sessions_.size()], 1, due_);
            poll_.turn(std::max(std::chrono::nanoseconds(0), std::chrono::nanoseconds(due_ - steady::now())));
        }
    }

    void send(session& to, std::size_t count, steady::time_point when) {
        auto& talk = talks_[to.number()];
        if (talk.sent + count - talk.answered > workload::period) fail_to_keep_up();
        for (std::size_t i = 0; i < count; ++i) talk.since[(talk.sent + i) % workload::period] = when;
        to.send(work_.outgoing(talk.sent, count));
        talk.sent += count;
    }

    void on_stream(session& who, std::string_view bytes) override {
        auto& talk = talks_[who.number()];
        const auto verdict = talk.answers.check(bytes, work_, who.how());
        if (!verdict.right) fail_to_agree(bytes);
        for (std::size_t i = 0; i < verdict.pings; ++i) who.send(pong_);
        if (verdict.answers == 0) return;
        const auto now = steady::now();
        for (std::size_t i = 0; i < verdict.answers; ++i) {
            meter_.latency(now - talk.since[talk.answered++ % workload::period]);
        }
        answers_ += verdict.answers;
        if (how_.rate == 0) send(who, verdict.answers, now);
    }

    [[noreturn]] static void fail_to_keep_up() {
        std::fprintf(stderr, "the server does not keep up with this rate\n");
        std::exit(1);
    }

    [[noreturn]] static void fail_to_agree(std::string_view bytes) {
        std::fprintf(stderr, "a wrong answer: %.*s\n",
                     static_cast<int>(std::min<std::size_t>(bytes.size(), 300)), bytes.data());
        std::exit(1);
    }

    workload work_;
    std::string pong_;
    std::vector<conversation> talks_;
    std::size_t answers_ = 0;
    std::size_t turn_ = 0;
    steady::time_point due_;
};

}  // namespace

std::unique_ptr<run> make_exchange(const settings& how) {
    return std::make_unique<exchange>(how);
}

}  // namespace bench
