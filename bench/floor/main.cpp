// The floor: what this kernel allows at most. A bare epoll loop that answers the same bytes as a Socket.IO
// server does, without looking at what it is asked: it counts bytes, and knows from its command line how long
// a message is.
//
//   bench_floor [--port N] --mode echo|ack|broadcast|idle [--transport websocket|polling] [--size BYTES]
//   [--publishers N]
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bench/common/arguments.hpp>
#include <bench/common/poller.hpp>
#include <bench/common/workload.hpp>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

namespace {

using bench::workload;

constexpr std::string_view open_packet =
    "0{\"sid\":\"aaaaaaaaaaaaaaaaaaaa\",\"upgrades\":[],\"pingInterval\":25000,\"pingTimeout\":20000,"
    "\"maxPayload\":1000000}";
// How often those that only stay are asked whether they are there: the default of the protocol.
constexpr auto ping_interval = std::chrono::seconds(25);
constexpr std::string_view connect_packet = "40{\"sid\":\"bbbbbbbbbbbbbbbbbbbb\"}";

std::array<char, 256 * 1024> buffer;

void send_all(int descriptor, std::string_view bytes) {
    // A socket that is full is of no interest here: the load has at most a window under way.
    if (send(descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL) < 0) return;
}

class server;

/// One connection. Its first bytes are the handshake; then everything is messages.
class peer : public bench::pollable {
  public:
    peer(int descriptor, server& house) : descriptor_(descriptor), house_(house) {}
    ~peer() override { close(descriptor_); }
    peer(const peer&) = delete;
    peer& operator=(const peer&) = delete;

    void on_ready(std::uint32_t) override;
    void send(std::string_view bytes) const { send_all(descriptor_, bytes); }

  protected:
    virtual void on_bytes(std::string_view bytes) = 0;

    int descriptor_;
    server& house_;
};

class server final : public bench::pollable {
  public:
    server(const bench::arguments& line)
        : polling_(line.text("transport", "websocket") == "polling"),
          broadcasting_(line.text("mode", "echo") == "broadcast"),
          idle_(line.text("mode", "echo") == "idle"),
          how(polling_ ? bench::polling_framing() : bench::websocket_framing()),
          listener_(bench::listen_on(static_cast<int>(line.number("port", 0)))) {
        const auto size = static_cast<std::size_t>(line.number("size", 64));
        for (unsigned i = 0; i < static_cast<unsigned>(line.number("publishers", 1)); ++i) {
            works_.emplace_back(line.text("mode", "echo"), how, size, i);
        }
        poll_.add(listener_, *this);
    }

    [[noreturn]] void serve() {
        std::printf("listening on http://127.0.0.1:%d\n", bench::port_of(listener_));
        std::fflush(stdout);
        for (;;) {
            const auto left = next_ping_ - clock::now();
            poll_.turn(pinging() ? std::max(left, clock::duration::zero()) : ping_interval);
            if (pinging() && clock::now() >= next_ping_) ping();
            end_turn();
        }
    }

    void on_ready(std::uint32_t) override;

    void bury(int descriptor) { dead_.push_back(descriptor); }
    peer* at(std::size_t descriptor) { return peers_.at(descriptor).get(); }
    const workload& work(std::size_t publisher = 0) const { return works_[publisher % works_.size()]; }
    std::size_t publishers() const { return works_.size(); }
    std::string& queue() { return queue_; }
    bool broadcasting() const { return broadcasting_; }
    bool idle() const { return idle_; }
    std::size_t sign_up() {
        if (signed_up_ == 0) next_ping_ = clock::now() + ping_interval;
        return signed_up_++;
    }

  private:
    using clock = std::chrono::steady_clock;

    bool pinging() const { return idle_ && signed_up_ > 0; }
    void ping() {
        static const std::string packet = how.incoming("2");
        for (const auto& each : peers_) {
            if (each) each->send(packet);
        }
        next_ping_ += ping_interval;
    }

    // All that was published in one turn goes to each client in one call.
    void end_turn() {
        for (const int each : dead_) peers_[static_cast<std::size_t>(each)].reset();
        dead_.clear();
        if (queue_.empty()) return;
        for (const auto& each : peers_) {
            if (each) each->send(queue_);
        }
        queue_.clear();
    }

    bool polling_;
    bool broadcasting_;
    bool idle_;

  public:
    const bench::framing& how;

  private:
    std::vector<workload> works_;
    bench::poller poll_;
    int listener_;
    std::vector<std::unique_ptr<peer>> peers_;  // by descriptor
    std::vector<int> dead_;
    std::string queue_;
    std::size_t signed_up_ = 0;
    clock::time_point next_ping_;
};

void peer::on_ready(std::uint32_t) {
    const long count = recv(descriptor_, buffer.data(), buffer.size(), 0);
    if (count > 0) return on_bytes({buffer.data(), static_cast<std::size_t>(count)});
    house_.bury(descriptor_);
}

class websocket_peer final : public peer {
  public:
    using peer::peer;

  private:
    void on_bytes(std::string_view bytes) override {
        if (stage_ == stage::upgrade) {
            static const auto answer =
                std::string(
                    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n") +
                house_.how.incoming(open_packet);
            stage_ = stage::connect;
            return send(answer);
        }
        if (stage_ == stage::connect) {
            static const auto answer = house_.how.incoming(connect_packet);
            stage_ = stage::messages;
            number_ = house_.sign_up();
            return send(answer);
        }
        if (!house_.idle()) on_messages(bytes.size());
    }

    void on_messages(std::size_t size) {
        arrived_ += size;
        const auto& work = house_.work(number_);
        const auto whole = arrived_ / work.outgoing_size();
        if (whole == 0) return;
        arrived_ %= work.outgoing_size();
        const auto answers = work.incoming(answered_, whole);
        answered_ += whole;
        if (house_.broadcasting()) {
            house_.queue() += answers;
        } else {
            send(answers);
        }
    }

    enum class stage { upgrade, connect, messages } stage_ = stage::upgrade;
    std::size_t number_ = 0;
    std::size_t arrived_ = 0;
    std::size_t answered_ = 0;
};

/// A polling client's two connections look alike; the sid is the descriptor of the one that polls, which is
/// how the one that posts finds it.
class polling_peer final : public peer {
  public:
    using peer::peer;

  private:
    static constexpr std::string_view head =
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=UTF-8\r\nCache-Control: no-store\r\n"
        "Connection: keep-alive\r\nKeep-Alive: timeout=5\r\nContent-Length: ";

    void answer(std::string_view body) {
        static std::string bytes;
        bytes.assign(head).append(std::to_string(body.size())).append("\r\n\r\n").append(body);
        send(bytes);
    }

    void on_bytes(std::string_view bytes) override {
        if (bytes[0] == 'P') return on_post(bytes);
        if (asked_++ > 0) {
            waiting_ = true;
            return flush();
        }
        auto open = std::string(open_packet);
        std::snprintf(&open[9], 21, "%020d", descriptor_);
        open[29] = '"';
        answer(open);
    }

    void on_post(std::string_view bytes) {
        answer("ok");
        const auto sid = bytes.find("sid=") + 4;
        auto& polls =
            static_cast<polling_peer&>(*house_.at(static_cast<std::size_t>(std::atol(bytes.data() + sid))));
        if (&polls == this) {
            pending_ = connect_packet;
        } else {
            const auto body = bytes.size() - bytes.find("\r\n\r\n") - 4;
            // The last message of a body has no separator behind it.
            const auto whole = (body + 1) / house_.work().outgoing_size();
            auto answers = house_.work().incoming(polls.answered_, whole);
            answers.remove_suffix(1);
            polls.answered_ += whole;
            if (!polls.pending_.empty()) polls.pending_ += bench::separator;
            polls.pending_ += answers;
        }
        polls.flush();
    }

    void flush() {
        if (!waiting_ || pending_.empty()) return;
        waiting_ = false;
        answer(pending_);
        pending_.clear();
    }

    int asked_ = 0;
    bool waiting_ = false;
    std::size_t answered_ = 0;
    std::string pending_;
};

void server::on_ready(std::uint32_t) {
    const int descriptor = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor < 0) return;
    const auto place = static_cast<std::size_t>(descriptor);
    if (peers_.size() <= place) peers_.resize(place + 1);
    if (polling_) {
        peers_[place] = std::make_unique<polling_peer>(descriptor, *this);
    } else {
        peers_[place] = std::make_unique<websocket_peer>(descriptor, *this);
    }
    poll_.add(descriptor, *peers_[place]);
}

}  // namespace

int main(int count, char** words) {
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    server(bench::arguments(count, words)).serve();
}
