// Clients that go from worker to worker while others speak; run under ThreadSanitizer as well.
#include <algorithm>
#include <array>
#include <atomic>
#include <map>
#include <thread>

#include <doctest/doctest.h>

#include <test/socketio/threaded_world.hpp>

namespace recovery_threads_test {

using namespace kedge;
using namespace kedge::testing;
using namespace std::chrono_literals;
using kedge::socket;

namespace {

using remote_peer = threaded_world::remote_peer;

void switch_on(hub_settings& settings) {
    settings.recovery = recovery_options{};
}

std::string last_text(const std::string& line) {
    const auto end = line.rfind('"');
    const auto begin = line.rfind('"', end - 1) + 1;
    return line.substr(begin, end - begin);
}

/// A client that goes from worker to worker, and what it has received on all of its ways.
class wanderer {
  public:
    wanderer(threaded_world& in, unsigned worker) : in_(in), wire_(in.open(worker)) {
        wire_.send("40");
        read_until("40{");
        pid_ = last_text(received_.back());
    }
    /// Reads all that has come.
    void read() {
        const auto fresh = wire_.home->ask([&] {
            const auto& sent = wire_.record->sent;
            return lines(sent.begin() + static_cast<std::ptrdiff_t>(seen_), sent.end());
        });
        seen_ += fresh.size();
        for (const auto& each : fresh) {
            received_.push_back(each);
            if (each.starts_with("42")) offset_ = last_text(each);
        }
    }
    /// Reads until something that begins so has come on this way.
    void read_until(std::string_view beginning) {
        const auto there = [&] {
            return std::any_of(received_.begin() + static_cast<std::ptrdiff_t>(begun_), received_.end(),
                               [&](const std::string& each) { return each.starts_with(beginning); });
        };
        while (!there()) {
            read();
            std::this_thread::yield();
        }
    }
    void vanish() const { wire_.vanish(); }
    /// On another worker; whether or not the old way has ended.
    void return_to(unsigned worker) {
        wire_ = in_.open(worker);
        seen_ = 1;
        begun_ = received_.size();
        wire_.send(R"(40{"pid":")" + pid_ + R"(","offset":")" + offset_ + "\"}");
        read_until("40{");
        recoveries += last_text(*std::find_if(received_.rbegin(), received_.rend(), [](const auto& each) {
                          return each.starts_with("40{");
                      })) == pid_;
    }
    const lines& received() const { return received_; }

    int recoveries = 0;

  private:
    threaded_world& in_;
    remote_peer wire_;
    std::string pid_;
    std::string offset_;
    lines received_;
    std::size_t seen_ = 1;
    std::size_t begun_ = 0;  // where what came on this way begins
};

/// Speaks on every worker until it is told to stop; each speaker counts. The log holds some seconds of it.
class speakers {
  public:
    explicit speakers(threaded_world& in) : in_(in) {
        for (unsigned worker = 0; worker < in.loops.size(); ++worker) speak(worker);
    }
    /// How much each has said.
    std::array<int, 4> stop() {
        stopping_ = true;
        while (speaking_ != 0) std::this_thread::yield();
        in_.settle();
        return said_;
    }

  private:
    void speak(unsigned worker) {
        in_.above->desks()[worker]->after(1ms, [this, worker] {
            if (stopping_) {
                --speaking_;
                return;
            }
            for (int i = 0; i < 5; ++i) in_.of().emit("n", worker, said_[worker]++);
            speak(worker);
        });
    }

    threaded_world& in_;
    std::array<int, 4> said_{};
    std::atomic<bool> stopping_ = false;
    std::atomic<int> speaking_ = 4;
};

/// How often an event did not follow the one before of the same speaker, and how many came of each.
std::array<int, 4> check_unbroken(const lines& received) {
    std::array<int, 4> expected{};
    int breaks = 0;
    for (const auto& each : received) {
        if (!each.starts_with("42")) continue;
        const auto worker = static_cast<std::size_t>(each.at(7) - '0');
        const int number = std::stoi(each.substr(9));
        breaks += number != expected.at(worker);
        expected.at(worker) = number + 1;
    }
    CHECK(breaks == 0);
    return expected;
}

}  // namespace

TEST_CASE("mt: a client that goes from worker to worker loses nothing and gets nothing twice") {
    threaded_world all(4, switch_on);
    wanderer who(all, 0);
    speakers noise(all);
    who.read_until("42");
    constexpr int rounds = 24;
    for (unsigned round = 1; round <= rounds; ++round) {
        who.read();
        if (round % 2 == 0) who.vanish();
        who.return_to(round % 4);
        who.read_until("42");
    }
    const auto said = noise.stop();
    who.read();
    CHECK(who.recoveries == rounds);
    CHECK(check_unbroken(who.received()) == said);
}

TEST_CASE("mt: all workers deliver in the same order, what goes to one socket included") {
    threaded_world all(4, switch_on);
    std::mutex lock;
    std::vector<socket> sockets;
    all.of().on_connection([&](const socket& one) {
        const std::lock_guard hold(lock);
        sockets.push_back(one);
    });
    std::vector<wanderer> clients;
    for (unsigned worker = 0; worker < 4; ++worker) clients.emplace_back(all, worker);
    std::vector<std::thread> others;
    for (int t = 0; t < 3; ++t)
        others.emplace_back([&, t] {
            for (int i = 0; i < 200; ++i) {
                i % 10 == 9 ? sockets[static_cast<std::size_t>(t)].emit("n", t, i) : all.of().emit("n", t, i);
            }
        });
    for (auto& each : others) each.join();
    all.settle();
    std::vector<lines> broadcasts;
    for (auto& each : clients) {
        each.read();
        broadcasts.emplace_back();
        for (const auto& line : each.received())
            if (line.starts_with("42") && line.at(line.find(',', 9) - 1) != '9')
                broadcasts.back().push_back(line);
    }
    CHECK(broadcasts[0].size() == 540);
    for (const auto& each : broadcasts) CHECK(each == broadcasts[0]);
    CHECK(clients[0].received().size() == 561);
    CHECK(clients[3].received().size() == 541);
}

TEST_CASE("mt: of many that claim one session, one gets it") {
    threaded_world all(4, switch_on);
    wanderer who(all, 0);
    all.of().emit("n", 0, 0);
    who.read_until("42");
    std::vector<wanderer> claims(12, who);
    std::vector<std::thread> all_at_once;
    for (unsigned i = 0; i < claims.size(); ++i)
        all_at_once.emplace_back([&, i] { claims[i].return_to(i % 4); });
    for (auto& each : all_at_once) each.join();
    all.settle();
    const auto everybody = std::get<1>(await(all.of().fetch_sockets()));
    std::map<std::string, int> ids;
    for (const auto& each : everybody) ++ids[each.id()];
    for (const auto& [id, count] : ids) CHECK(count == 1);
    CHECK(std::any_of(claims.begin(), claims.end(), [](const auto& each) { return each.recoveries == 1; }));
}

TEST_CASE("mt: rooms and data come along to another worker") {
    threaded_world all(4, switch_on);
    all.of().on_connection([](const socket& one) {
        if (one.recovered()) return one.emit("n", one.rooms().size(), one.data("n"));
        one.join("red");
        one.data("n", 7);
    });
    wanderer who(all, 1);
    all.of().to("red").emit("n", 0, 0);
    who.read_until("42");
    who.vanish();
    all.settle();
    all.of().to("red").emit("n", 0, 1);
    who.return_to(2);
    who.read_until("42[\"n\",2,7");
    who.read_until("42[\"n\",0,1");  // missed, or in time: the emit takes its way over another worker
    CHECK(who.recoveries == 1);
    CHECK(std::count_if(who.received().begin(), who.received().end(),
                        [](const auto& each) { return each.starts_with("42[\"n\",0,1"); }) == 1);
}

}  // namespace recovery_threads_test
