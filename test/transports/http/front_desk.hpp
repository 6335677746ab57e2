#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <kedge/transports/http/answer_writer.hpp>
#include <kedge/transports/http/connection.hpp>
#include <kedge/transports/http/http_front.hpp>
#include <kedge/transports/http/http_share.hpp>
#include <kedge/transports/http/responder.hpp>
#include <test/transports/loopback.hpp>

namespace kedge::test {

/// A front that does with its requests what the test says, and notes what it is told.
class scripted_front final : public transports::http_front,
                             public transports::responder,
                             public transports::answer_writer {
  public:
    bool serves(const engine::request& asked) const noexcept override {
        return asked.target().starts_with("/");
    }
    void admit(transports::connection& at) override {
        told.push_back("admit " + std::string(at.request()->target()));
        current = &at;
        if (on_admit) on_admit(at);
    }
    void on_body(transports::connection&, std::string_view bytes) override { body += bytes; }
    void on_body_end(transports::connection& from) override {
        told.push_back("body " + body);
        body.clear();
        from.answer(200, "taken");
    }
    void on_gone(transports::connection&) override {
        told.emplace_back("gone");
        current = nullptr;
    }
    void on_drain(transports::connection&) override { told.emplace_back("drain"); }
    std::vector<std::string> sessions() const override { return open; }
    void close_session(std::string_view id) override {
        told.push_back("close " + std::string(id));
        std::erase(open, id);
    }
    void wind_up() override {
        told.emplace_back("wind up");
        open.clear();
    }
    void evict() override { told.emplace_back("evict"); }
    bool deserted() const noexcept override { return !busy && open.empty(); }

    std::function<void(transports::connection&)> on_admit;
    std::vector<std::string> told;
    std::string body;
    transports::connection* current = nullptr;
    std::vector<std::string> open;  // its sessions
    bool busy = false;
};

/// One worker's share of HTTP on a hand-turned worker, with one scripted front.
class front_desk {
  public:
    explicit front_desk(transports::http_options options = {})
        : common{.options = std::move(options), .shares = {}},
          share(std::make_unique<transports::http_share>(common, on.worker)) {
        common.shares.push_back(share.get());
        auto made = std::make_unique<scripted_front>();
        front = made.get();
        share->add(std::move(made));
    }
    ~front_desk() {
        if (share) share->evict();  // the front abandons nobody by itself
        ::close(listening_);
    }
    front_desk(const front_desk&) = delete;
    front_desk& operator=(const front_desk&) = delete;

    /// A connection that has just come; the peer's end of it. `read`: what was read from it already.
    peer connect(std::string read = {}) {
        peer client(port_of(listening_));
        const int ours = ::accept4(listening_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (ours < 0) throw std::runtime_error("nobody came");
        transports::connection::begin(*share, transports::adopt(ours, std::move(read)));
        return client;
    }
    bool until_told(std::string_view what) {
        return on.until([&] { return !front->told.empty() && front->told.back() == what; });
    }
    /// Whether the peer has got all this, as far as it lies behind what was forgotten.
    bool until_got(peer& client, std::string_view text) {
        return on.until([&] { return client.read().got().find(text) != std::string::npos; });
    }
    bool until_ended(peer& client) {
        return on.until([&] { return client.read().ended() || client.reset(); });
    }
    bool until_deserted() {
        return on.until([&] { return share->deserted(); });
    }

    hand_turned on;
    transports::http_common common;
    std::unique_ptr<transports::http_share> share;
    scripted_front* front;

  private:
    static int listen() {
        const int made = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in where{};
        where.sin_family = AF_INET;
        where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (::bind(made, reinterpret_cast<const sockaddr*>(&where), sizeof where) != 0 ||
            ::listen(made, 8) != 0)
            throw std::runtime_error("cannot listen");
        return made;
    }
    static std::uint16_t port_of(int listening) {
        sockaddr_in where{};
        socklen_t size = sizeof where;
        ::getsockname(listening, reinterpret_cast<sockaddr*>(&where), &size);
        return ntohs(where.sin_port);
    }
    int listening_ = listen();
};

}  // namespace kedge::test
