// A server on the application's io_context that is destroyed within each of its own calls, also in those that
// the application makes from outside.
#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <kedge/socketio/face/pattern.hpp>
#include <kedge/socketio/face/server.hpp>
#include <kedge/transports/server/engine_server.hpp>
#include <test/transports/loopback.hpp>
#include <test/transports/ws_client.hpp>

namespace server_destruction_test {

using namespace kedge;
using namespace std::chrono_literals;
using kedge::test::peer;

namespace {

class doomed {
  public:
    boost::asio::io_context context;
    std::optional<server> io;
    server_options options;
    bool destroyed = false;
    std::vector<kedge::socket> kept;  // handles that outlive it

    void destroy() {
        CHECK_FALSE(destroyed);
        destroyed = true;
        io.reset();
    }
    /// What every other callback does: nothing is called once the server is gone.
    void hear() const { CHECK_FALSE(destroyed); }

    void start() { io.emplace(context, options); }
    void listen() {
        transports::listen_address where;
        where.host = "127.0.0.1";
        port_ = io->listen(where);
    }
    /// A websocket client that enters the namespaces and says the rest.
    void say(const std::vector<std::string>& packets) {
        peer& by = clients_.emplace_back(port_);
        std::string all =
            "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: a\r\nConnection: "
            "Upgrade\r\nUpgrade: "
            "websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
        for (const std::string& each : packets)
            all +=
                each == "close" ? transports::client_frame(0x88, "") : transports::client_frame(0x81, each);
        by.send(all);
        settle();
    }
    void settle() {
        for (int quiet = 0; quiet < 20 && !destroyed; ++quiet) {
            if (context.stopped()) context.restart();
            if (context.run_one_for(1ms) > 0) quiet = 0;
        }
    }
    /// Does it on the io_context, outside of the server's turns.
    void outside(std::function<void()> what) {
        boost::asio::post(context, std::move(what));
        settle();
    }
    void check_gone() {
        CHECK(destroyed);
        if (context.stopped()) context.restart();
        context.run_for(8s);
        CHECK(context.stopped());
        for (peer& each : clients_) CHECK((each.read().ended() || each.reset()));
        for (const kedge::socket& each : kept) {
            each.emit("late");
            each.join("late");
            each.disconnect();
        }
        kept.clear();
    }

  private:
    std::uint16_t port_ = 0;
    std::vector<peer> clients_;
};

using step = std::function<void(doomed&)>;

/// `prepare` fills the options; `set_up` registers on the server; `talk` leads to the call.
void check(std::string_view name, const step& prepare, const step& set_up, const step& talk) {
    CAPTURE(name);
    doomed on;
    if (prepare) prepare(on);
    on.start();
    if (set_up) set_up(on);
    on.listen();
    talk(on);
    on.check_gone();
}

const step enter = [](doomed& on) { on.say({"40", "42[\"a\"]", "42[\"a\"]"}); };
const step enter_and_leave = [](doomed& on) { on.say({"40", "41", "42[\"a\"]"}); };

/// Registers handlers that only may be called while the server is there.
void listen_in(doomed& on, const kedge::socket& to) {
    on.kept.push_back(to);
    to.on("a", [&on] { on.hear(); });
    to.on_any([&on](std::string_view, const arguments&) { on.hear(); });
    to.on_disconnecting([&on](disconnect_reason) { on.hear(); });
    to.on_disconnect([&on](disconnect_reason) { on.hear(); });
}

}  // namespace

TEST_CASE("destroyed within a call of its own: sockets") {
    check(
        "on_connection", {},
        [](doomed& on) {
            on.io->on_connection([&on](const kedge::socket& opened) {
                listen_in(on, opened);
                on.destroy();
                opened.emit("behind");
                opened.join("behind");
                opened.disconnect(true);
            });
            on.io->on_connection([&on](const kedge::socket&) { on.hear(); });
        },
        enter);
    check(
        "an event", {},
        [](doomed& on) {
            on.io->on_connection([&on](const kedge::socket& opened) {
                on.kept.push_back(opened);
                opened.on("a", [&on, opened] {
                    on.destroy();
                    opened.emit("behind");
                });
                listen_in(on, opened);
            });
        },
        enter);
    check(
        "an event that is acknowledged", {},
        [](doomed& on) {
            on.io->on_connection([&on](const kedge::socket& opened) {
                opened.on("a", [&on] {
                    on.destroy();
                    return 1;
                });
            });
        },
        [](doomed& on) {
            on.say({"40", "421[\"a\"]", "422[\"a\"]"});
        });
    check(
        "an ack", {},
        [](doomed& on) {
            on.io->on_connection([&on](const kedge::socket& opened) {
                opened.emit("q", [&on] { on.destroy(); });
                listen_in(on, opened);
            });
        },
        [](doomed& on) {
            on.say({"40", "430[]", "42[\"a\"]"});
        });
    check(
        "a middleware of events", {},
        [](doomed& on) {
            on.io->on_connection([&on](const kedge::socket& opened) {
                listen_in(on, opened);
                opened.use([&on](event&, const next& go_on) {
                    on.destroy();
                    go_on();
                });
            });
        },
        enter);
    for (const step& leave : {enter_and_leave, step([](doomed& on) { on.say({"40", "close"}); })}) {
        check(
            "on_disconnecting", {},
            [](doomed& on) {
                on.io->on_connection([&on](const kedge::socket& opened) {
                    opened.on_disconnecting([&on](disconnect_reason) { on.destroy(); });
                    opened.on_disconnect([&on](disconnect_reason) { on.hear(); });
                });
            },
            leave);
        check(
            "on_disconnect", {},
            [](doomed& on) {
                on.io->on_connection([&on](const kedge::socket& opened) {
                    opened.on_disconnect([&on](disconnect_reason) { on.destroy(); });
                    opened.on_disconnect([&on](disconnect_reason) { on.hear(); });
                });
            },
            leave);
    }
}

TEST_CASE("destroyed within a call of its own: namespaces") {
    for (const bool first : {true, false}) {
        check(
            "a middleware", {},
            [first](doomed& on) {
                on.io->use([&on, first](const kedge::socket&, const next& go_on) {
                    if (!first) go_on();
                    on.destroy();
                    if (first) go_on();
                });
                on.io->use([&on](const kedge::socket&, const next&) { on.hear(); });
                if (first) on.io->on_connection([&on](const kedge::socket&) { on.hear(); });
            },
            enter);
        check(
            "the predicate of a dynamic namespace", {},
            [first](doomed& on) {
                (void)on.io->of([&on, first](const std::string&, const value&, const verdict& answer) {
                    if (!first) answer(true);
                    on.destroy();
                    if (first) answer(true);
                });
            },
            [](doomed& on) { on.say({"40/x,"}); });
    }
    check(
        "on_new_namespace", {},
        [](doomed& on) {
            (void)on.io->of(pattern("^/x"));
            on.io->on_new_namespace([&on](const nsp&) { on.destroy(); });
            on.io->on_new_namespace([&on](const nsp&) { on.hear(); });
        },
        [](doomed& on) { on.say({"40/x,"}); });
    check(
        "log",
        [](doomed& on) {
            on.options.log_threshold = log_level::debug;
            on.options.log = [&on](const log_record&) {
                if (on.io && !on.destroyed) on.destroy();
            };
        },
        {},
        [](doomed& on) {
            on.say({"40", "9"});
        });
}

TEST_CASE("destroyed within a call of its own: tasks, and the end") {
    const step wait = [](doomed& on) { on.settle(); };
    check(
        "post", {},
        [](doomed& on) {
            on.io->post([&on] { on.destroy(); });
            on.io->post([&on] { on.hear(); });
        },
        wait);
    check(
        "after", {},
        [](doomed& on) {
            on.io->after(1ms, [&on] { on.destroy(); });
            on.io->after(1ms, [&on] { on.hear(); });
        },
        wait);
    check(
        "the callback of close", {},
        [](doomed& on) {
            on.io->on_connection([&on](const kedge::socket& opened) { listen_in(on, opened); });
        },
        [](doomed& on) {
            on.say({"40", "close"});
            on.io->close({.grace = 1ms}, [&on] { on.destroy(); });
            on.settle();
        });
    check(
        "a request of the application's", {},
        [](doomed& on) {
            on.io->engine().on_request([&on](const transports::exchange& asked) {
                asked.reply(200);
                on.destroy();
            });
        },
        [](doomed& on) {
            peer by(on.io->port());
            by.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            on.settle();
        });
}

TEST_CASE("destroyed within what the application calls from outside of its turns") {
    const step keep = [](doomed& on) {
        on.io->on_connection([&on](const kedge::socket& opened) {
            on.kept.push_back(opened);
            opened.on_disconnect([&on](disconnect_reason) { on.destroy(); });
        });
    };
    check("disconnect", {}, keep, [](doomed& on) {
        on.say({"40"});
        on.outside([&on] { on.kept.front().disconnect(); });
    });
    check("disconnect_sockets", {}, keep, [](doomed& on) {
        on.say({"40"});
        on.outside([&on] { on.io->disconnect_sockets(); });
    });
    check("close", {}, keep, [](doomed& on) {
        on.say({"40"});
        on.outside([&on] { on.io->close(); });
    });
    check(
        "of", {},
        [](doomed& on) {
            on.io->on_new_namespace([&on](const nsp&) { on.destroy(); });
            on.io->on_new_namespace([&on](const nsp&) { on.hear(); });
        },
        [](doomed& on) { on.outside([&on] { (void)on.io->of("/x"); }); });
    check("fetch_sockets", {}, {}, [](doomed& on) {
        on.say({"40"});
        on.outside([&on] {
            on.io->fetch_sockets().then([&on](const std::vector<remote_socket>&) { on.destroy(); });
        });
    });
    check(
        "a hook of rooms", {},
        [](doomed& on) {
            on.io->on_connection([&on](const kedge::socket& opened) { on.kept.push_back(opened); });
            on.io->on_room_events({.on_create_room =
                                       [&on](std::string_view room) {
                                           if (room == "r") on.destroy();
                                       },
                                   .on_join_room = {},
                                   .on_leave_room = {},
                                   .on_delete_room = {}});
        },
        [](doomed& on) {
            on.say({"40"});
            on.outside([&on] { on.kept.front().join("r"); });
        });
}

}  // namespace server_destruction_test
