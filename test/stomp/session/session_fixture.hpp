#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kedge/stomp/session/session.hpp>
#include <test/engine/fake_loop.hpp>

namespace kedge::stomp::testing {

using lines = std::vector<std::string>;

/// A client's conversation: NULs are written ^, line ends |.
inline std::string shown(std::string_view bytes) {
    std::string text(bytes);
    std::replace(text.begin(), text.end(), '\n', '|');
    std::replace(text.begin(), text.end(), '\0', '^');
    return text;
}

struct session_fixture : session_owner, wire {
    void send(std::string_view message) override { got.push_back(shown(message)); }
    void close() override { got.emplace_back("close"); }
    void hold(bool held) override { told.emplace_back(held ? "hold" : "read on"); }
    void on_heart_beats() override { told.emplace_back("heart-beats"); }

    void on_connect(session& from, const frame& asked) override {
        told.push_back("connect " + std::string(asked.value("login")));
        if (asked.value("login") == "bad") return from.fail({.message = "Access refused"});
        if (asked.value("login") != "later") from.accept("s1");
    }
    std::optional<refusal> on_subscribe(session&, const subscription& made, const frame&) override {
        told.push_back("subscribe " + made.id + " " + made.destination);
        if (made.destination == "/nosuch")
            return refusal{.message = "unknown destination", .details = "/nosuch"};
        return std::nullopt;
    }
    void on_unsubscribe(session&, const subscription& ended, const frame&) override {
        told.push_back("unsubscribe " + ended.id);
    }
    std::optional<refusal> may_send(session&, const frame& sent) override {
        if (sent.value("destination") == "/nosuch") return refusal{.message = "unknown destination"};
        return std::nullopt;
    }
    std::optional<refusal> on_send(session&, frame& sent) override {
        told.push_back("send " + std::string(sent.value("destination")) + " " + sent.body);
        if (sent.value("destination") == "/fails") return refusal{.message = "it failed"};
        if (sent.value("destination") == "/far") errands.push_back(under_test.expect());
        return std::nullopt;
    }
    std::optional<refusal> may_ack(session&, std::string_view id, const frame&) override {
        if (id == "nosuch") return refusal{.message = "no such message"};
        return std::nullopt;
    }
    std::optional<refusal> on_ack(session&, std::string_view id, const frame& asked) override {
        told.push_back((asked.command == "ACK" ? "ack " : "nack ") + std::string(id) + " " +
                       std::string(asked.value("subscription")));
        return std::nullopt;
    }
    void on_commit(session&, std::string_view transaction, bool begins) override {
        told.push_back((begins ? "begin " : "commit ") + std::string(transaction));
    }
    void on_disconnect(session&) override {
        if (leaves_late) errands.push_back(under_test.expect());
    }
    void on_close(session&) override { told.emplace_back("close"); }

    /// What the client says, in the notation of shown().
    void say(std::string text) {
        std::replace(text.begin(), text.end(), '|', '\n');
        std::replace(text.begin(), text.end(), '^', '\0');
        loop.turn([&] { under_test.receive(text); });
    }
    void connect(const std::string& headers = "accept-version:1.2") {
        say("CONNECT|" + headers + "||^");
        got.clear();
        told.clear();
    }

    kedge::testing::fake_loop loop;
    options terms;
    lines got;
    lines told;
    std::vector<std::uint64_t> errands;
    bool leaves_late = false;
    session under_test{loop, terms, *this, *this};
};

}  // namespace kedge::stomp::testing
