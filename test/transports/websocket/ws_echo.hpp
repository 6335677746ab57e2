#pragma once

#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <kedge/transports/websocket/ws_deflate.hpp>
#include <kedge/transports/websocket/ws_group.hpp>
#include <kedge/transports/websocket/ws_peer.hpp>

#include <test/transports/loopback.hpp>

namespace kedge::test {

/// A frame as a server sends it.
struct server_frame {
    unsigned first = 0;  ///< the whole first byte
    std::string payload;
};

/// Takes one whole frame from the front; false when there is none.
inline bool take_frame(std::string_view& bytes, server_frame& frame) {
    if (bytes.size() < 2) return false;
    const auto at = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
    std::size_t size = at(1);
    const std::size_t length_size = size == 127 ? 8 : size == 126 ? 2 : 0;
    if (bytes.size() < 2 + length_size) return false;
    if (length_size > 0) size = 0;
    for (std::size_t i = 0; i < length_size; ++i) size = size << 8 | at(2 + i);
    if (bytes.size() < 2 + length_size + size) return false;
    frame = {at(0), std::string(bytes.substr(2 + length_size, size))};
    bytes.remove_prefix(2 + length_size + size);
    return true;
}

/// A websocket that sends back what it is sent, on one end of a socket pair, and a client on the other.
class ws_echo final : private transports::ws_owner {
  public:
    explicit ws_echo(std::size_t max_message = 1'000'000,
                     std::unique_ptr<transports::ws_deflate> deflate = nullptr)
        : group_(turned_.worker, {.max_message = max_message}) {
        std::array<int, 2> ends{};
        REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) == 0);
        client_ = peer(ends[1]);
        peer_ = std::make_unique<transports::ws_peer>(group_, transports::adopt(ends[0]), std::move(deflate),
                                                      static_cast<ws_owner&>(*this));
    }

    /// Says it in pieces of this many bytes, as long as it is listened to, and hears what comes back.
    ws_echo& say(std::string_view bytes, std::size_t piece = std::string_view::npos) {
        do {
            bytes.remove_prefix(client_.send(bytes.substr(0, piece)));
            turned_.settle();
            client_.read();
        } while (!bytes.empty() && !client_.ended() && !client_.reset());
        while (hears_more()) {
        }
        return *this;
    }
    /// What has come back since the last call, frame by frame; nothing of a frame is missing.
    std::vector<server_frame> take() {
        std::vector<server_frame> all;
        std::string_view rest = client_.got();
        for (server_frame each; take_frame(rest, each);) all.push_back(each);
        CHECK(rest.empty());
        client_.forget();
        return all;
    }
    bool ended() const { return client_.ended(); }

  private:
    bool hears_more() {
        const std::size_t before = client_.got().size();
        turned_.settle();
        return client_.read().got().size() > before;
    }
    void on_text(transports::ws_peer& from, std::span<char> text) override {
        from.text({text.data(), text.size()});
    }
    void on_binary(transports::ws_peer& from, std::span<char> data) override {
        from.binary({data.data(), data.size()});
    }
    void on_close(transports::ws_peer&, const transports::ws_end&) override {}

    hand_turned turned_;
    transports::ws_group group_;
    peer client_;
    std::unique_ptr<transports::ws_peer> peer_;
};

}  // namespace kedge::test
