// A whole server: connections come, say anything in any order and piece by piece, stall, and go, while time
// passes as the input says, and an application is careless with what arrives. Two workers, turned by hand, so
// that connections move between them.
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/io_context.hpp>

#include <kedge/pattern.hpp>
#include <kedge/server.hpp>
#include <kedge/transports/engineio/engine_server.hpp>
#include <kedge/transports/loop/worker.hpp>
#include <test/faults/hand_turned.hpp>
#include <test/transports/raw_client.hpp>

namespace {

using namespace kedge;
using namespace kedge::test;

/// The input, read as commands.
class script {
  public:
    explicit script(std::span<const std::uint8_t> bytes) : left_(bytes) {}
    bool empty() const noexcept { return left_.empty(); }
    unsigned next() noexcept {
        if (left_.empty()) return 0;
        const unsigned byte = left_.front();
        left_ = left_.subspan(1);
        return byte;
    }
    /// As many bytes as the next one says.
    std::string_view text() noexcept {
        const std::size_t size = std::min<std::size_t>(next(), left_.size());
        const std::string_view taken(reinterpret_cast<const char*>(left_.data()), size);
        left_ = left_.subspan(size);
        return taken;
    }

  private:
    std::span<const std::uint8_t> left_;
};

server_options options() {
    server_options given;
    given.threads = 2;
    given.allow_eio3 = true;
    given.max_http_buffer_size = 100'000;
    given.connection_state_recovery.emplace();
    given.cleanup_empty_child_namespaces = true;
    given.per_message_deflate.emplace().threshold = 16;
    given.cookie.emplace();
    given.cors.emplace();
    given.log = [](const log_record&) {};
    given.log_threshold = log_level::debug;
    return given;
}

void be_careless(const nsp& where, const kedge::socket& one) {
    one.on("echo", [](const value& said) { return said; });
    one.on("join", [one](const std::string& room) { one.join(room); });
    one.on("leave", [one](const std::string& room) { one.leave(room); });
    one.on("to", [one](const std::string& room, const value& said) { one.to(room).emit("said", said); });
    one.on("all", [where](const value& said) { where.emit("told", said); });
    one.on("ask", [one](const value& said) {
        one.timeout(std::chrono::seconds(1))
            .emit("asked", said, [one](const ack_error&, const value& answer) {
                one.emit("answered", answer);
                throw std::runtime_error("careless");
            });
    });
    one.on("bye", [one](bool close) { one.disconnect(close); });
    one.on("end", [one] { one.conn().close(); });
    one.on("throw", [one] { throw 1; });
    one.on("later", [one] { one.after(std::chrono::seconds(1), [one] { one.disconnect(true); }); });
    one.on("others", [where] { where.disconnect_sockets(true); });
    one.on_disconnecting([where, one](disconnect_reason) { where.to(one.rooms()).emit("leaves", one.id()); });
    one.on_disconnect([one](disconnect_reason) {
        one.join("too late");
        throw std::runtime_error("careless");
    });
}

/// A server with a few clients' places.
class stage {
  public:
    stage() : io_(options()), ends_(4) {
        for (const nsp& each : {io_.of("/"), io_.of("/chat"), io_.of(pattern("^/n\\d$"))})
            each.on_connection([each](const kedge::socket& one) { be_careless(each, one); });
        io_.use([](const kedge::socket& one, const next& go_on) {
            if (one.handshake().auth["throw"].is_boolean()) throw std::runtime_error("careless");
            go_on();
            go_on(connect_error("twice"));
        });
    }
    ~stage() {
        for (far_end& each : ends_) each.close();
        for (int step = 0; step < 30; ++step) pass(std::chrono::seconds(10));
        if (io_.engine().clients_count() != 0) std::abort();  // somebody was forgotten
    }
    stage(const stage&) = delete;
    stage& operator=(const stage&) = delete;

    void play(script& from) {
        const unsigned command = from.next();
        far_end& by = at(command % ends_.size());
        switch (command / 4 % 12) {
            case 0:
                return say(by, from.text());
            case 1:
                return say(by, raw_client::masked_frame(0x81, from.text()));
            case 2:
                return say(by, raw_client::masked_frame(static_cast<int>(from.next()), from.text()));
            case 3:
                return say(by, raw_client::head("GET", target("polling", from.next() | 4)));
            case 4:
                return say(by, raw_client::head("GET", target("polling", from.next() & ~4u)));
            case 5: {
                const std::string where = target("polling", from.next() & ~4u);
                return say(by, raw_client::head("POST", where, {}, from.text()));
            }
            case 6:
                return say(by, raw_client::head("GET", target("websocket", from.next()),
                                                raw_client::upgrade_headers));
            case 7:
                return pass(std::chrono::milliseconds(250) * from.next());
            case 8:
                by.close();
                return turn();
            case 9:
                by.half_close();
                return turn();
            case 10:
                return by.send(from.text());  // and no turn: more may come with it
            default:
                return turn();
        }
    }

  private:
    far_end& at(std::size_t place) {
        far_end& found = ends_[place];
        if (!found.open()) {
            auto [mine, theirs] = connected_pair();
            io_.engine().receive(std::move(theirs));
            found = std::move(mine);
        }
        return found;
    }
    std::string target(std::string_view transport, unsigned how) const {
        std::string made("/socket.io/?EIO=");
        made.append(how & 1 ? "3" : "4").append("&transport=").append(transport);
        if (how & 2) made.append("&j=0");
        if (!(how & 4)) made.append("&sid=").append(sid_);
        return made;
    }
    void say(far_end& by, std::string_view bytes) {
        by.send(bytes);
        turn();
    }
    void pass(engine::duration time) {
        hand_turned_now() += time;
        for (engine::loop* each : io_.engine().loops()) each->post([] {});
        turn();
    }
    void turn() {
        for (bool quiet = false; !quiet;) {
            quiet = true;
            for (engine::loop* each : io_.engine().loops()) {
                auto& context = static_cast<transports::worker*>(each)->context();
                if (context.stopped()) context.restart();
                if (context.poll() > 0) quiet = false;
            }
        }
        for (far_end& each : ends_) learn(each.take());
    }
    void learn(std::string_view heard) {
        const std::size_t mark = heard.find("\"sid\":\"");
        if (mark != std::string_view::npos) sid_ = heard.substr(mark + 7, 20);
    }

    const transports::kernel table_ = with_hand_turned_clock();
    const transports::kernel_override clock_{table_};
    server io_;
    std::vector<far_end> ends_;
    std::string sid_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    script commands({data, size});
    stage play;
    while (!commands.empty()) play.play(commands);
    return 0;
}
