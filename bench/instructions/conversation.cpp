#include <algorithm>
#include <bench/common/framing.hpp>
#include <bench/instructions/conversation.hpp>

namespace bench {
namespace {

// As many lines as Chromium sends with each request; compression would count zlib.
constexpr std::string_view usual_headers =
    "Host: 127.0.0.1:3000\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 "
    "Safari/537.36\r\n"
    "Accept: */*\r\n"
    "Accept-Language: en-US,en;q=0.9\r\n"
    "Accept-Encoding: identity\r\n";

std::string request(std::string_view method, std::string_view target, std::string_view more,
                    std::string_view body = {}) {
    std::string text(method);
    text.append(" ").append(target).append(" HTTP/1.1\r\n").append(usual_headers).append(more);
    if (!body.empty()) {
        text += "Content-Type: text/plain;charset=UTF-8\r\nContent-Length: " + std::to_string(body.size()) +
                "\r\n";
    }
    return text.append("\r\n").append(body);
}

}  // namespace

std::string event(std::string_view name, std::string_view text) {
    return "42[\"" + std::string(name) + "\",\"" + std::string(text) + "\"]";
}

websocket_client::websocket_client(rig& to, std::string_view extensions) : through_(to) {
    open(extensions);
    through_.send(websocket_framing().outgoing("40"));
    through_.take_until("}");
}

websocket_client::websocket_client(rig& to, std::string_view entry, std::size_t answer) : through_(to) {
    open({});
    through_.send(entry);
    through_.take(answer);
}

void websocket_client::open(std::string_view extensions) {
    const std::string offer =
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
        std::string(extensions);
    through_.send(request("GET", "/socket.io/?EIO=4&transport=websocket", offer));
    through_.take_until("\r\n\r\n");
    through_.take_until("}");
}

polling_client::polling_client(rig& to) : polls_(to), posts_(to) {
    polls_.send(request("GET", "/socket.io/?EIO=4&transport=polling&t=Oabcdef", {}));
    const std::string opened = polls_.take_answer();
    constexpr std::string_view before = "\"sid\":\"";
    sid_ = opened.substr(opened.find(before) + before.size(), 20);
    poll();
    exchange("40", 1);
}

void polling_client::poll() {
    polls_.send(request("GET", "/socket.io/?EIO=4&transport=polling&t=Oabcdeg&sid=" + sid_, {}));
}

void polling_client::exchange(const std::string& body, std::size_t packets) {
    posts_.send(request("POST", "/socket.io/?EIO=4&transport=polling&t=Oabcdeh&sid=" + sid_, {}, body));
    posts_.take_answer();
    for (std::size_t got = 0; got < packets;) {
        const std::string answer = polls_.take_answer();
        got += 1 + static_cast<std::size_t>(std::count(answer.begin(), answer.end(), separator));
        poll();
    }
}

}  // namespace bench
