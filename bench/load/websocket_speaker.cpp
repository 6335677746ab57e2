#include <bench/common/framing.hpp>
#include <bench/load/speaker.hpp>
#include <vector>

namespace bench {
namespace {

/// What is said first, and what the answer to it has in it.
struct greeting {
    std::string said;
    std::string_view awaited;
};

class websocket_speaker final : public speaker, private connection_owner {
  public:
    websocket_speaker(const dialect& how, poller& poll, const target& where, std::size_t number,
                      speaker_owner& owner)
        : speaker(number, owner), how_(how), connection_(poll, where, number, *this) {
        std::string path = how.path;
        if (how.name == "raw") path += "/websocket";
        if (how.name == "websocket") path = session_path(how, number) + "/websocket";
        connection_.send("GET " + path +
                         " HTTP/1.1\r\nHost: 127.0.0.1\r\nSec-WebSocket-Version: 13\r\n"
                         "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nConnection: Upgrade\r\n"
                         "Upgrade: websocket\r\n\r\n");
        if (how.name == "websocket") greetings_ = {{{}, "o"}};
        if (how.name == "stomp") greet_as_stomp();
    }

    void say(std::string_view message) override {
        std::string text(message);
        if (how_.name == "websocket") text = "[\"" + text + "\"]";
        if (how_.name == "stomp") text = "SEND\ndestination:" + topic_ + "\n\n" + text + '\0';
        send(text);
    }

  private:
    void greet_as_stomp() {
        topic_ = "/topic/" + (how_.together ? std::string("all") : "c" + std::to_string(number()));
        const std::string connect = "CONNECT\naccept-version:1.2\nhost:/\nlogin:guest\npasscode:guest\n\n";
        greetings_ = {{connect + '\0', "CONNECTED\n"},
                      {"SUBSCRIBE\nid:0\nreceipt:r\ndestination:" + topic_ + "\n\n" + '\0', "RECEIPT\n"}};
    }

    void send(std::string_view text) { connection_.send(websocket_framing().outgoing(text)); }

    void greet() {
        early_.clear();
        if (greeted_ == greetings_.size()) return ready();
        if (const auto& said = greetings_[greeted_].said; !said.empty()) send(said);
    }

    void on_bytes(std::string_view bytes) override {
        if (upgraded_ && greeted_ == greetings_.size()) return hear(bytes);
        early_ += bytes;
        if (!upgraded_) {
            const auto end = early_.find("\r\n\r\n");
            if (end == std::string::npos) return;
            if (early_.rfind("HTTP/1.1 101 ", 0) != 0) on_surprise("no upgrade", early_);
            const std::string rest = early_.substr(end + 4);
            upgraded_ = true;
            greet();
            early_ = rest;
        }
        if (greeted_ == greetings_.size() || early_.find(greetings_[greeted_].awaited) == std::string::npos)
            return;
        ++greeted_;
        greet();
    }
    void on_end() override { on_surprise("the server has closed", early_); }

    dialect how_;
    connection connection_;
    std::string topic_;
    std::vector<greeting> greetings_;
    std::size_t greeted_ = 0;
    bool upgraded_ = false;
    std::string early_;
};

}  // namespace

std::unique_ptr<speaker> open_websocket_speaker(const dialect& how, poller& poll, const target& where,
                                                std::size_t number, speaker_owner& owner) {
    return std::make_unique<websocket_speaker>(how, poll, where, number, owner);
}

}  // namespace bench
