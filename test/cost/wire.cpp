#include <test/cost/wire.hpp>

#include <linux/sockios.h>
#include <malloc.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstdint>
#include <ctime>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>

#include <kedge/server.hpp>
#include <kedge/transports/server/engine_server.hpp>

#include <test/cost/flood.hpp>
#include <test/faults/hand_turned.hpp>
#include <test/transports/raw_client.hpp>

namespace kedge::cost {
namespace {

std::size_t taken = 0;  // by the server, from sockets
constexpr int most_idle = 100;

transports::kernel counting_kernel() {
    transports::kernel table = test::with_hand_turned_clock();
    table.recv = [](int descriptor, void* into, std::size_t size, int flags) noexcept {
        const ssize_t got = transports::real_kernel().recv(descriptor, into, size, flags);
        if (got > 0) taken += static_cast<std::size_t>(got);
        return got;
    };
    return table;
}

server_options settings() {
    server_options given;
    given.allow_eio3 = true;
    given.per_message_deflate.emplace();
    given.log = [](const log_record&) {};
    return given;
}

std::size_t in_use() {
    const auto now = ::mallinfo2();
    return now.uordblks + now.hblkhd;
}

/// Microseconds of processor time, of this thread.
std::int64_t worked() {
    timespec now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000;
}

/// The client's end of a connection, which says what there is room for.
class speaker {
  public:
    explicit speaker(transports::engine_server& to) {
        auto [mine, theirs] = test::connected_pair();
        end_ = std::move(mine);
        to.receive(std::move(theirs));
    }
    void say_more(std::string_view& rest) {
        if (rest.empty()) return;
        const ssize_t sent = ::send(end_.descriptor(), rest.data(), rest.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN) throw std::runtime_error("the server does not listen any more");
        if (sent > 0) rest.remove_prefix(static_cast<std::size_t>(sent));
    }
    /// Whether the server has taken all that was said.
    bool heard() const {
        int left = 0;
        ::ioctl(end_.descriptor(), SIOCOUTQ, &left);
        return left == 0;
    }
    std::string hear() { return end_.take(); }

  private:
    test::far_end end_;
};

/// A server that is turned by hand, and a stranger.
class scene {
  public:
    scene(std::string_view kind, std::size_t count)
        : io_(context_, settings()), said_(make_flood(kind, count)) {
        io_.on_connection([](const kedge::socket& one) {
            one.on("take", [](const value&) {});
            one.on("echo", [one](int number) { one.emit("echo", number); });
        });
    }

    transports::engine_server& server() { return io_.engine(); }
    /// Whether there was something to do.
    bool step() {
        if (context_.stopped()) context_.restart();
        const std::int64_t before = worked();
        const bool done = context_.poll_one() > 0;
        time_ += worked() - before;
        return done;
    }
    /// Microseconds that the server has worked.
    std::int64_t time() const { return time_; }
    std::string ask(speaker& who, std::string_view what) {
        who.say_more(what);
        while (step()) {
        }
        return who.hear();
    }

    /// `between` is called after each step, and told whether there is more to hear.
    void flood_it(const std::function<void(bool)>& between) {
        for (const std::string& each : said_.lives) say_all(each, between);
        if (!said_.said.empty()) say_all(said_.said, between);
    }
    std::size_t size() const {
        std::size_t sum = said_.said.size() * said_.voices;
        for (const std::string& each : said_.lives) sum += each.size();
        return sum;
    }

  private:
    /// Somebody who has come in, and what is left to say.
    struct voice {
        std::unique_ptr<speaker> who;
        std::string said;
        std::string_view rest;
    };
    voice come_in(std::string what) {
        voice made{std::make_unique<speaker>(server()), std::move(what), {}};
        std::string sid = "none";
        for (const std::string& each : said_.opening) {
            const std::string heard = ask(*made.who, each);
            if (const std::size_t at = heard.find("sid"); at != std::string::npos && sid == "none") {
                const std::size_t begin = heard.find_first_not_of("\\\":", at + 3);
                sid = heard.substr(begin, heard.find_first_of("\\\"", begin) - begin);
            }
        }
        if (const std::size_t at = made.said.find("SID"); at != std::string::npos && !said_.opening.empty())
            made.said.replace(at, 3, sid);
        return made;
    }
    void say_all(const std::string& what, const std::function<void(bool)>& between) {
        std::vector<voice> all;
        for (std::size_t i = 0; i < said_.voices; ++i) all.push_back(come_in(what));
        for (voice& each : all) each.rest = each.said;
        const auto goes_on = [&all] {
            return std::any_of(all.begin(), all.end(),
                               [](const voice& one) { return !one.rest.empty() || !one.who->heard(); });
        };
        for (int idle = 0; idle < most_idle;) {
            for (voice& each : all) each.who->say_more(each.rest);
            idle = step() ? 0 : idle + 1;
            between(goes_on());
            for (voice& each : all) each.who->hear();
        }
        if (goes_on()) throw std::runtime_error("the server has not heard all");
    }

    const transports::kernel table_ = counting_kernel();
    const transports::kernel_override kernel_{table_};
    boost::asio::io_context context_;
    kedge::server io_;
    flood said_;
    std::int64_t time_ = 0;
};

/// Somebody who says something again as soon as it is answered.
class bystander {
  public:
    explicit bystander(scene& on) : on_(on), end_(on.server()) {
        on.ask(end_, test::raw_client::head("GET", "/socket.io/?EIO=4&transport=websocket",
                                            test::raw_client::upgrade_headers));
        on.ask(end_, test::raw_client::masked_frame(0x81, "40"));
        ask();
    }
    void look(bool ask_again) {
        if (waiting_) {
            longest_ = std::max(longest_, taken - asked_at_);
            longest_time_ = std::max(longest_time_, on_.time() - asked_when_);
        }
        if (end_.hear().find("echo") != std::string::npos) waiting_ = false;
        if (!waiting_ && ask_again) ask();
    }
    std::size_t longest() const { return longest_; }
    std::int64_t longest_time() const { return longest_time_; }

  private:
    void ask() {
        const std::string frame = test::raw_client::masked_frame(0x81, "42[\"echo\",1]");
        std::string_view rest = frame;
        end_.say_more(rest);
        asked_at_ = taken;
        asked_when_ = on_.time();
        waiting_ = true;
    }

    scene& on_;
    speaker end_;
    bool waiting_ = false;
    std::size_t asked_at_ = 0;
    std::size_t longest_ = 0;
    std::int64_t asked_when_ = 0;
    std::int64_t longest_time_ = 0;
};

}  // namespace

void play_wire(std::string_view kind, std::size_t count) {
    scene(kind, count).flood_it([](bool) {});
}

void watch_wire(std::string_view kind, std::size_t count, std::ostream& to) {
    scene all(kind, count);
    bystander other(all);
    const std::size_t before = in_use();
    std::size_t most = before;
    all.flood_it([&](bool more) {
        other.look(more);
        most = std::max(most, in_use());
    });
    to << all.size() << ' ' << other.longest() << ' ' << most - before << ' ' << other.longest_time() << '\n';
}

}  // namespace kedge::cost
