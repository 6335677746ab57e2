#include <bench/load/polling_session.hpp>

namespace bench {
namespace {

constexpr std::string_view path = " /socket.io/?EIO=4&transport=polling";
constexpr std::string_view version = " HTTP/1.1\r\nHost: 127.0.0.1\r\n";

}  // namespace

polling_session::polling_session(poller& poll, const target& where, std::size_t number, session_owner& owner)
    : session(number, owner), poll_(poll), where_(where), down_(*this, true) {
    down_.link.send(std::string("GET").append(path).append(version).append("\r\n"));
}

void polling_session::lane::on_bytes(std::string_view bytes) {
    const bool fine = answer.feed(bytes, [this](std::string_view body) {
        if (polls && !self.opening_) {
            self.on_polled(body);
        } else if (polls && body != "ok") {
            self.on_items(std::string(body) + separator);
        } else {
            self.on_posted(body);
        }
    });
    if (!fine) self.on_surprise("a refusal", bytes);
}

// The handshake uses one connection: open, POST of the connect packet, then the first poll.
void polling_session::on_open(std::string_view sid) {
    const auto address = std::string(path) + "&sid=" + std::string(sid) + std::string(version);
    poll_request_ = "GET" + address + "\r\n";
    post_head_ = "POST" + address + "Content-Type: text/plain;charset=UTF-8\r\nContent-Length: ";
}

void polling_session::on_polled(std::string_view body) {
    // The next poll goes out before the answers are looked at, as browsers do.
    down_.link.send(poll_request_);
    // In one piece: what is answered together is sent together again.
    static std::string items;
    items.assign(body).push_back(separator);
    on_items(items);
}

void polling_session::on_posted(std::string_view body) {
    if (body != "ok") on_surprise("not ok", body);
    posting_ = false;
    if (opening_) {
        opening_ = false;
        down_.link.send(poll_request_);
    }
    if (unposted_.empty()) return;
    const std::string next = std::move(unposted_);
    unposted_.clear();
    send(next);
}

void polling_session::send(std::string_view outgoing) {
    if (posting_) {
        unposted_ += outgoing;
        return;
    }
    posting_ = true;
    const auto body = outgoing.substr(0, outgoing.size() - 1);
    if (opening_) return post(down_, body);
    if (!up_) up_.emplace(*this, false);
    post(*up_, body);
}

void polling_session::post(lane& over, std::string_view body) {
    std::string bytes;
    bytes.reserve(post_head_.size() + body.size() + 16);
    bytes.append(post_head_).append(std::to_string(body.size())).append("\r\n\r\n").append(body);
    over.link.send(bytes);
}

}  // namespace bench
