#pragma once

#include <chrono>
#include <functional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <kedge/pattern.hpp>
#include <kedge/server.hpp>

namespace kedge::fuzz {

/// What an application does when nobody has thought: it throws anywhere, lets clients name rooms, answers
/// twice or late, sends everybody away, closes the server, and destroys it in one of its own calls.
class careless_application {
  public:
    explicit careless_application(std::function<void()> destroy) : destroy_(std::move(destroy)) {}

    /// `io` lives until close() or destroy().
    void serve(server& io) {
        for (const nsp& each : {io.of("/"), io.of("/chat"), io.of(pattern("^/n\\d$"))})
            each.on_connection([this, &io, each](const kedge::socket& one) {
                exchange(each, one);
                leave(io, each, one);
            });
        io.of("/").use([](const kedge::socket& one, const next& go_on) {
            if (one.handshake().auth["throw"].is_boolean()) throw std::runtime_error("careless");
            if (one.handshake().auth["refuse"].is_boolean()) return go_on(connect_error("no", value("data")));
            go_on();
            go_on(connect_error("twice"));
        });
        const nsp slow = io.of("/slow");
        slow.use([this](const kedge::socket&, const next& go_on) { waiting_.push_back(go_on); });
        slow.on_connection([this, slow](const kedge::socket& one) { exchange(slow, one); });
        // Here nobody is careless.
        io.of("/quiet").on_connection(
            [](const kedge::socket& one) { one.on("echo", [](const value& said) { return said; }); });
    }

    /// Answers those who wait to be let in.
    void answer(bool allow) {
        const auto all = std::exchange(waiting_, {});
        for (const next& each : all) allow ? each() : each(connect_error("late"));
    }

  private:
    /// What clients say to the application and to each other.
    void exchange(const nsp& where, const kedge::socket& one) {
        one.on("echo", [](const value& said) { return said; });
        one.on("late", [this](const value&, const ack& answer) { answers_.push_back(answer); });
        one.on("now", [this] {
            for (const ack& each : std::exchange(answers_, {})) each(1, "two");
        });
        one.on("join", [one](const std::string& room) { one.join(room); });
        one.on("leave", [one](const std::string& room) { one.leave(room); });
        one.on("to", [one](const std::string& room, const value& said) { one.to(room).emit("said", said); });
        one.on("all", [where](const value& said) { where.emit("told", said); });
        one.on("much", [where](int size) {
            where.emit("much", std::string(static_cast<std::size_t>(size & 0x3ffff), '.'));
        });
        one.on("bytes", [one](const std::vector<std::byte>& data) { one.emit("bytes", binary(data)); });
        one.on("ask", [one](const value& said) {
            one.timeout(std::chrono::seconds(1))
                .emit("asked", said, [one](const ack_error&, const value& got) {
                    one.emit("answered", got);
                    throw std::runtime_error("careless");
                });
        });
        one.on("poll", [where] {
            where.timeout(std::chrono::seconds(1))
                .emit("polled", [where](const ack_error&, const std::vector<value>& got) {
                    where.emit("results", got.size());
                });
        });
        one.on("data", [one](const value& said) { one.data("said", said); });
        one.on_any([](std::string_view event, const arguments&) {
            if (event == "any") throw 2;
        });
        one.use([](event& passing, const next& go_on) {
            if (passing.name == "lost") return;
            passing.name == "refused" ? go_on(connect_error("not this")) : go_on();
        });
        one.on_error([one](const socket_error& what) { one.emit("wrong", what.message); });
    }

    /// How they part.
    void leave(server& io, const nsp& where, const kedge::socket& one) {
        one.on("bye", [one](bool close) { one.disconnect(close); });
        one.on("end", [one] { one.conn().close(); });
        one.on("throw", [one] { throw 1; });
        one.on("later", [one] { one.after(std::chrono::seconds(1), [one] { one.disconnect(true); }); });
        one.on("expire", [one] { one.expires_at(std::chrono::system_clock::now()); });
        one.on("others", [where] { where.disconnect_sockets(true); });
        one.on("herd", [where](const std::string& room) { where.in(room).sockets_join("herd"); });
        one.on("close", [&io] { io.close({.grace = std::chrono::seconds(2)}); });
        one.on("destroy", [this] { destroy_(); });
        one.on_disconnecting(
            [where, one](disconnect_reason) { where.to(one.rooms()).emit("leaves", one.id()); });
        one.on_disconnect([this, one](disconnect_reason) {
            one.join("too late");
            answer(true);
            throw std::runtime_error("careless");
        });
    }

    std::function<void()> destroy_;
    std::vector<next> waiting_;
    std::vector<ack> answers_;
};

}  // namespace kedge::fuzz
