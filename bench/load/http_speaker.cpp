#include <algorithm>
#include <array>
#include <bench/load/http_stream.hpp>
#include <bench/load/speaker.hpp>
#include <optional>
#include <string_view>

namespace bench {
namespace {

/// A transport of SockJS over HTTP.
struct transport_kind {
    std::string_view name;
    std::string_view receives;  ///< the request that waits
    std::string_view opened;    ///< what it is answered first has this in it
    std::string_view sends;     ///< and the one that brings messages
    bool form = false;          ///< as browsers send forms
};

constexpr std::array<transport_kind, 5> kinds{{
    {"xhr-streaming", "POST */xhr_streaming", "\no\n", "xhr_send"},
    {"eventsource", "GET */eventsource", "data: o", "xhr_send"},
    {"htmlfile", "GET */htmlfile?c=x", "p(\"o\")", "xhr_send"},
    {"xhr", "POST */xhr", "o\n", "xhr_send"},
    {"jsonp", "GET */jsonp?c=x", "x(\"o\")", "jsonp_send", true},
}};

constexpr std::string_view version = " HTTP/1.1\r\nHost: 127.0.0.1\r\n";

const transport_kind& kind_of(const std::string& name) {
    return *std::find_if(kinds.begin(), kinds.end() - 1, [&](const auto& each) { return each.name == name; });
}

class http_speaker final : public speaker {
  public:
    http_speaker(const dialect& how, poller& poll, const target& where, std::size_t number,
                 speaker_owner& owner)
        : speaker(number, owner), kind_(kind_of(how.name)), poll_(poll), where_(where), down_(*this, true) {
        const std::string path = session_path(how, number);
        std::string request(kind_.receives);
        request.replace(request.find('*'), 1, path);
        receive_ = request + std::string(version) +
                   (request.starts_with("POST") ? "Content-Length: 0\r\n\r\n" : "\r\n");
        send_ = "POST " + path + '/' + std::string(kind_.sends) + std::string(version) + "Content-Type: " +
                (kind_.form ? "application/x-www-form-urlencoded" : "text/plain;charset=UTF-8") +
                "\r\nContent-Length: ";
        down_.link.send(receive_);
    }

    void say(std::string_view message) override {
        unsent_ += (unsent_.empty() ? "\"" : ",\"") + std::string(message) + '"';
        if (!posting_) post();
    }

  private:
    /// One of its two connections.
    struct lane final : connection_owner {
        lane(http_speaker& of, bool is_down)
            : self(of), down(is_down), link(of.poll_, of.where_, of.number(), *this) {}
        void on_bytes(std::string_view bytes) override {
            const bool fine = answers.feed(
                bytes,
                [this](std::string_view piece) {
                    if (down) self.on_piece(piece);
                },
                [this] { down ? self.link_down().send(self.receive_) : self.on_posted(); });
            if (!fine) on_surprise("a refusal", bytes);
        }
        void on_end() override { on_surprise("the server has closed", {}); }

        http_speaker& self;
        bool down;
        http_stream answers;
        connection link;
    };

    connection& link_down() noexcept { return down_.link; }

    void on_piece(std::string_view bytes) {
        if (open_) return hear(bytes);
        early_ += bytes;
        if (early_.find(kind_.opened) == std::string::npos) return;
        open_ = true;
        early_ = {};
        ready();
    }

    void on_posted() {
        posting_ = false;
        if (!unsent_.empty()) post();
    }

    void post() {
        if (!up_) up_.emplace(*this, false);
        const std::string body = kind_.form ? "d=%5B" + unsent_ + "%5D" : '[' + unsent_ + ']';
        up_->link.send(send_ + std::to_string(body.size()) + "\r\n\r\n" + body);
        unsent_.clear();
        posting_ = true;
    }

    const transport_kind& kind_;
    poller& poll_;
    target where_;
    std::string receive_;
    std::string send_;
    lane down_;
    std::optional<lane> up_;
    bool open_ = false;
    bool posting_ = false;
    std::string early_;
    std::string unsent_;
};

}  // namespace

std::unique_ptr<speaker> open_http_speaker(const dialect& how, poller& poll, const target& where,
                                           std::size_t number, speaker_owner& owner) {
    return std::make_unique<http_speaker>(how, poll, where, number, owner);
}

}  // namespace bench
