#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <string>

#include <test/transports/raw_client.hpp>

namespace kedge::stomp::testing {

/// A STOMP client that says frames in the notation of the tests: NULs are written ^, line ends |.
class peer {
  public:
    explicit peer(std::uint16_t port, const std::string& path = "/stomp") : peer(port, path, "") {
        REQUIRE(hear().starts_with("CONNECTED|version:1.2|"));
    }
    /// One that has only asked to come in, with these headers.
    peer(std::uint16_t port, const std::string& path, const std::string& headers) : wire_(port) {
        REQUIRE(wire_.upgrade(path).status == 101);
        say("CONNECT|accept-version:1.2|" + headers + "|^");
    }
    void say(std::string text) {
        std::replace(text.begin(), text.end(), '|', '\n');
        std::replace(text.begin(), text.end(), '^', '\0');
        wire_.send_text(text);
    }
    std::string hear() {
        std::string text = wire_.read_text();
        std::replace(text.begin(), text.end(), '\n', '|');
        std::replace(text.begin(), text.end(), '\0', '^');
        return text;
    }
    /// Says a frame that asks for a receipt, and waits for it.
    void settle(const std::string& head, const std::string& body = {}) {
        say(head + "|receipt:r||" + body + '^');
        std::string frame = hear();
        while (frame.starts_with("MESSAGE")) frame = hear();
        CHECK(frame == "RECEIPT|receipt-id:r||^");
    }
    void drop() { wire_.drop(); }

  private:
    kedge::test::raw_client wire_;
};

inline std::string header(const std::string& frame, const std::string& name) {
    const std::size_t at = frame.find('|' + name + ':');
    if (at == std::string::npos) return {};
    const std::size_t from = at + name.size() + 2;
    return frame.substr(from, frame.find('|', from) - from);
}

inline std::string body(const std::string& frame) {
    const std::size_t at = frame.find("||") + 2;
    return frame.substr(at, frame.size() - 1 - at);
}

}  // namespace kedge::stomp::testing
