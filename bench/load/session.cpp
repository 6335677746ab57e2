#include <bench/load/polling_session.hpp>
#include <bench/load/session.hpp>
#include <bench/load/websocket_session.hpp>
#include <cstdio>
#include <cstdlib>

namespace bench {

void session::on_items(std::string_view bytes) {
    if (connected_) return owner_.on_stream(*this, bytes);
    incomplete_ += bytes;
    while (const auto size = how().item_size(incomplete_)) {
        const std::string item = incomplete_.substr(0, size);
        incomplete_.erase(0, size);
        const auto packet = how().packet(item);
        if (packet.rfind("0{\"sid\":\"", 0) == 0) {
            on_open(packet.substr(9, packet.find('"', 9) - 9));
            send(how().outgoing("40"));
        } else if (packet.rfind("40{\"sid\":\"", 0) == 0) {
            connected_ = true;
            const std::string rest = std::move(incomplete_);
            incomplete_ = {};
            owner_.on_connected(*this);
            if (!rest.empty()) owner_.on_stream(*this, rest);
            return;
        } else {
            on_surprise("an unexpected packet", packet);
        }
    }
}

void session::on_surprise(std::string_view what, std::string_view bytes) const {
    std::fprintf(stderr, "client %zu: %.*s: %.*s\n", number_, static_cast<int>(what.size()), what.data(),
                 static_cast<int>(bytes.size() > 300 ? 300 : bytes.size()), bytes.data());
    std::exit(1);
}

std::unique_ptr<session> open_session(transport over, poller& poll, const target& where, std::size_t number,
                                      session_owner& owner) {
    if (over == transport::websocket) return std::make_unique<websocket_session>(poll, where, number, owner);
    return std::make_unique<polling_session>(poll, where, number, owner);
}

const framing& framing_of(transport over) {
    return over == transport::websocket ? websocket_framing() : polling_framing();
}

}  // namespace bench
