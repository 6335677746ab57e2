// A server on the application's io_context that is destroyed within each of its own calls.
#include <doctest/doctest.h>

#include <csignal>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <kedge/transports/server/engine_server.hpp>
#include <test/transports/loopback.hpp>
#include <test/transports/server_under_test.hpp>

namespace engine_server_destruction_test {

using namespace kedge;
using namespace kedge::test;
using transports::engine_server;
using transports::server_options;

namespace {

/// A server that is to be destroyed in one of its calls, and what is said to it until then.
class doomed {
  public:
    boost::asio::io_context context;
    std::optional<engine_server> server;
    server_options options = with_eio3();
    bool destroyed = false;

    doomed() {
        options.generate_id = [](const engine::request& asking) {
            return std::string(asking.query("name").value_or("me"));
        };
    }

    /// What a callback does in which the server is to be destroyed.
    void destroy() {
        CHECK_FALSE(destroyed);
        destroyed = true;
        server.reset();
    }
    /// What every other callback does: nothing is called once the server is gone.
    void hear() const { CHECK_FALSE(destroyed); }

    void start(const std::function<void(engine_server&)>& set_up) {
        server.emplace(context, std::move(options));
        if (set_up) set_up(*server);
        transports::listen_address where;
        where.host = "127.0.0.1";
        port_ = server->listen(where);
    }
    peer& connect() { return clients_.emplace_back(port_); }
    /// Says it on a connection of its own and lets the server take it in.
    peer& say(std::string_view bytes) {
        peer& by = connect();
        by.send(bytes);
        settle();
        return by;
    }
    void settle() {
        // Each turn goes on with what the turn before it has left: until nothing is ready, and at the least
        // as often as a connection is accepted, read and answered.
        for (int quiet = 0; quiet < 20; ++quiet) {
            if (context.stopped()) context.restart();
            if (context.run_one_for(std::chrono::milliseconds(1)) > 0) quiet = 0;
            if (destroyed) break;
        }
    }
    /// All that is left of the server has gone: nothing keeps the io_context at work, and every client has
    /// its end.
    void check_gone() {
        CHECK(destroyed);
        if (context.stopped()) context.restart();
        context.run_for(std::chrono::seconds(8));
        CHECK(context.stopped());
        for (peer& each : clients_) {
            each.read();
            CHECK((each.ended() || each.reset()));
        }
    }

  private:
    std::uint16_t port_ = 0;
    std::vector<peer> clients_;
};

using preparation = std::function<void(doomed&)>;
using conversation = std::function<void(doomed&)>;

/// `prepare` fills the options or returns what is registered on the server; `talk` leads to the call.
void check(std::string_view name, const preparation& prepare,
           const std::function<void(doomed&, engine_server&)>& set_up, const conversation& talk) {
    CAPTURE(name);
    doomed on;
    if (prepare) prepare(on);
    on.start([&](engine_server& server) {
        if (set_up) set_up(on, server);
    });
    talk(on);
    on.check_gone();
}

std::string get(std::string_view target, std::string_view headers = {}) {
    return raw_client::head("GET", target, std::string("Origin: http://a\r\n").append(headers));
}
std::string websocket(std::string_view target = v4_websocket) {
    return get(target, raw_client::upgrade_headers);
}
std::string text(std::string_view payload) {
    return raw_client::masked_frame(0x81, payload);
}

void open_polling(doomed& on) {
    on.say(get(v4_polling) + get(v4_polling));
}
void open_websocket(doomed& on) {
    on.say(websocket() + text("4a") + text("4b"));
}

/// Registers handlers of a session that only may be called while the server is there.
void listen_in(doomed& on, const transports::session& to) {
    to.on_message([&on](const transports::received_message&, const engine::request*) { on.hear(); });
    to.on_close([&on](engine::close_reason, std::string_view) { on.hear(); });
    to.on_upgrade([&on] { on.hear(); });
}

}  // namespace

TEST_CASE("destroyed within a call: sessions") {
    for (const auto& talk : {conversation(open_polling), conversation(open_websocket)}) {
        check(
            "on_connection", {},
            [](doomed& on, engine_server& server) {
                server.on_connection([&on](const transports::session& opened) {
                    on.hear();
                    listen_in(on, opened);
                    opened.send("before");
                    on.destroy();
                    opened.send("behind");
                    opened.close(true);
                });
            },
            talk);
    }
    const auto on_message = [](doomed& on, engine_server& server) {
        server.on_connection([&on](const transports::session& opened) {
            listen_in(on, opened);
            opened.on_message([&on, opened](const transports::received_message&, const engine::request*) {
                on.hear();
                opened.send("answer");
                on.destroy();
                opened.send("behind");
            });
        });
    };
    check("on_message, websocket", {}, on_message, open_websocket);
    check("on_message, polling", {}, on_message, [](doomed& on) {
        on.say(get(v4_polling));
        on.say(get(of(v4_polling, "me")));
        on.say(raw_client::head("POST", of(v4_polling, "me"), {},
                                "4a\x1e"
                                "4b\x1e"
                                "1"));
    });
    check("on_message, with its close behind it", {}, on_message,
          [](doomed& on) { on.say(websocket() + text("4a") + raw_client::masked_frame(0x88, "")); });
    check(
        "sent", {},
        [](doomed& on, engine_server& server) {
            server.on_connection([&on](const transports::session& opened) {
                opened.send("a", [&on] { on.destroy(); });
                opened.send("b", [&on] { on.hear(); });
            });
        },
        open_websocket);
}

TEST_CASE("destroyed within a call: the ends of sessions, and upgrades") {
    const auto on_close = [](doomed& on, engine_server& server) {
        server.on_connection([&on](const transports::session& opened) {
            opened.on_close([&on](engine::close_reason, std::string_view) {
                on.hear();
                on.destroy();
            });
        });
    };
    check("the client closes a websocket", {}, on_close,
          [](doomed& on) { on.say(websocket() + raw_client::masked_frame(0x88, "") + text("4a")); });
    check("the client goes", {}, on_close, [](doomed& on) {
        on.say(websocket()).close();
        on.settle();
    });
    check("the client closes polling", {}, on_close, [](doomed& on) {
        on.say(get(v4_polling));
        on.say(get(of(v4_polling, "me")));
        on.say(raw_client::head("POST", of(v4_polling, "me"), {}, "1"));
    });
    check("garbage", {}, on_close, [](doomed& on) { on.say(websocket() + text("x") + text("4a")); });
    check("a poll overlaps another", {}, on_close, [](doomed& on) {
        on.say(get(v4_polling));
        on.say(get(of(v4_polling, "me")));
        on.say(get(of(v4_polling, "me")));
    });
    check(
        "no pong comes",
        [](doomed& on) {
            on.options.engine.ping_interval = on.options.engine.ping_timeout = engine::duration(2);
        },
        on_close,
        [](doomed& on) {
            on.say(websocket("/engine.io/?EIO=4&transport=websocket&name=other"));
            on.say(websocket());
        });
    check("the server closes all", {}, on_close, [](doomed& on) {
        on.say(websocket("/engine.io/?EIO=4&transport=websocket&name=other"));
        on.say(websocket());
        on.server->close();
        on.settle();
    });
    check(
        "on_upgrade", {},
        [](doomed& on, engine_server& server) {
            server.on_connection([&on](const transports::session& opened) {
                listen_in(on, opened);
                opened.send("waits for a poll");
                opened.on_upgrade([&on] { on.destroy(); });
            });
        },
        [](doomed& on) {
            on.say(get(v4_polling));
            on.say(get(of(v4_polling, "me")));
            on.say(websocket(of(v4_websocket, "me")) + text("2probe") + text("5") + text("4a"));
        });
}

TEST_CASE("destroyed within a call: hooks of a request") {
    const auto hears = [](doomed& on, engine_server& server) {
        server.on_connection([&on](const transports::session&) { on.hear(); });
        server.on_request([&on](const transports::exchange&) { on.hear(); });
    };
    for (const auto& talk : {conversation(open_polling), conversation(open_websocket)}) {
        for (const std::string_view when : {"instead", "before", "behind"}) {
            CAPTURE(when);
            check(
                "a middleware",
                [when](doomed& on) {
                    on.options.middlewares.emplace_back(
                        [&on, when](const transports::exchange&, const transports::next_step& next) {
                            on.hear();
                            if (when == "before") next();
                            if (!on.destroyed) on.destroy();
                            if (when == "behind") next();
                        });
                    if (when != "before")
                        on.options.middlewares.emplace_back(
                            [&on](const transports::exchange&, const transports::next_step&) { on.hear(); });
                },
                when == "before" ? std::function<void(doomed&, engine_server&)>() : hears, talk);
            check(
                "allow_request",
                [when](doomed& on) {
                    on.options.allow_request = [&on, when](const engine::request_ptr&,
                                                           const transports::admission& answer) {
                        if (when == "before") answer.allow();
                        on.destroy();
                        if (when == "behind") answer.allow();
                    };
                },
                when == "before" ? std::function<void(doomed&, engine_server&)>() : hears, talk);
        }
        check(
            "generate_id",
            [](doomed& on) {
                on.options.generate_id = [&on](const engine::request&) {
                    on.destroy();
                    return std::string("me");
                };
            },
            hears, talk);
        check(
            "initial_headers",
            [](doomed& on) {
                on.options.initial_headers = [&on](transports::header_list&, const engine::request&) {
                    on.destroy();
                };
                on.options.headers = [&on](transports::header_list&, const engine::request&) { on.hear(); };
            },
            hears, talk);
        check(
            "headers",
            [](doomed& on) {
                on.options.headers = [&on](transports::header_list&, const engine::request&) {
                    on.destroy();
                };
            },
            hears, talk);
        check(
            "the origin of cors",
            [](doomed& on) {
                on.options.cors.emplace();
                on.options.cors->origin = transports::cors_origin([&on](std::string_view) {
                    on.destroy();
                    return true;
                });
            },
            hears, talk);
    }
    for (const bool upgrade : {false, true}) {
        const auto ask = [upgrade](doomed& on) {
            const std::string target = of(upgrade ? v4_websocket : v4_polling, "nobody");
            const std::string one = upgrade ? websocket(target) : get(target);
            on.say(one + one);
        };
        check(
            "on_connection_error",
            [](doomed& on) {
                on.options.on_connection_error = [&on](const transports::connection_error&) { on.destroy(); };
            },
            hears, ask);
        check(
            "log",
            [](doomed& on) {
                on.options.log = [&on](const log_record& line) {
                    on.hear();
                    if (line.event == "request refused") on.destroy();
                };
                on.options.log_threshold = log_level::debug;
                on.options.on_connection_error = [&on](const transports::connection_error&) { on.hear(); };
            },
            hears, ask);
    }
}

TEST_CASE("destroyed within a call: the application's own requests") {
    for (const bool answers : {false, true}) {
        check(
            "on_request", {},
            [answers](doomed& on, engine_server& server) {
                server.on_request([&on, answers](const transports::exchange& asked) {
                    on.hear();
                    if (answers) asked.reply(200, {}, "bye");
                    on.destroy();
                    if (!answers) asked.reply(200, {}, "bye");
                });
            },
            [answers](doomed& on) {
                peer& by = on.say(get("/a") + get("/b"));
                on.settle();
                CHECK(by.read().got().ends_with("bye") == answers);
            });
    }
    check(
        "the source of a body", {},
        [](doomed& on, engine_server& server) {
            server.on_request([&on](const transports::exchange& asked) {
                asked.reply(200, {}, 1 << 20, [&on](std::span<char> piece) {
                    if (!on.destroyed) on.destroy();
                    return piece.size();
                });
            });
        },
        [](doomed& on) { on.say(get("/a")); });
    check(
        "a foreign upgrade", {},
        [](doomed& on, engine_server& server) {
            server.on_upgrade([&on](const transports::upgrade_offer& offer) {
                on.destroy();
                offer.claim([&on](const transports::detached_stream&) { on.hear(); });
            });
        },
        [](doomed& on) { on.say(websocket("/elsewhere")); });
    check(
        "the claim of an upgrade", {},
        [](doomed& on, engine_server& server) {
            server.on_upgrade([&on](const transports::upgrade_offer& offer) {
                offer.claim([&on](const transports::detached_stream&) { on.destroy(); });
            });
        },
        [](doomed& on) { on.say(websocket("/elsewhere")); });
}

TEST_CASE("destroyed within a call: tasks, timers, errors, and the end itself") {
    const auto nothing = [](doomed& on) { on.settle(); };
    check(
        "a task", {},
        [](doomed& on, engine_server& server) {
            server.loops().front()->post([&on] { on.destroy(); });
            server.loops().front()->post([&on] { on.hear(); });
        },
        nothing);
    check(
        "on_error",
        [](doomed& on) { on.options.on_error = [&on](const std::exception_ptr&) { on.destroy(); }; },
        [](doomed&, engine_server& server) {
            server.on_connection([](const transports::session&) { throw std::runtime_error("on purpose"); });
        },
        open_websocket);
    check(
        "the callback of close", {},
        [](doomed& on, engine_server& server) {
            server.when_closed([&on] { on.destroy(); });
            server.when_closed([&on] { on.hear(); });
        },
        [](doomed& on) {
            on.say(get("/"));
            on.server->close({.grace = engine::duration(1)});
            on.settle();
        });
    check("the callback of a close that is over", {}, {}, [](doomed& on) {
        on.server->close({.grace = engine::duration(1)});
        on.settle();
        on.server->when_closed([&on] { on.destroy(); });
        on.settle();
    });
    check(
        "what a handler holds goes, and takes the server with it", {},
        [](doomed& on, engine_server& server) {
            server.on_connection([&on](const transports::session& opened) {
                const auto last = std::shared_ptr<int>(new int, [&on](const int* held) {
                    delete held;
                    if (!on.destroyed) on.destroy();
                });
                opened.on_message([last](const transports::received_message&, const engine::request*) {});
            });
        },
        [](doomed& on) { on.say(websocket() + raw_client::masked_frame(0x88, "")); });
    check(
        "a handler polls the io_context, and the application destroys the server there", {},
        [](doomed& on, engine_server& server) {
            server.on_connection([&on](const transports::session& opened) {
                listen_in(on, opened);
                boost::asio::post(on.context, [&on] { on.destroy(); });
                while (!on.destroyed) on.context.poll();
            });
        },
        open_websocket);
}

TEST_CASE("destroyed within a call: what the program asked for beside its clients") {
    const auto destroying = [](doomed& on, std::shared_ptr<int> token) {
        return [&on, token = std::move(token)] {
            const std::weak_ptr<int> kept = token;
            on.destroy();
            CHECK_FALSE(kept.expired());  // what is called goes after the call
        };
    };
    const auto settle = [](doomed& on) { on.settle(); };
    const auto token = [] { return std::make_shared<int>(0); };
    check(
        "post", {}, [&](doomed& on, engine_server& server) { server.post(destroying(on, token())); }, settle);
    check(
        "after", {},
        [&](doomed& on, engine_server& server) {
            server.after(engine::duration(1), destroying(on, token()));
        },
        settle);
    check(
        "every", {},
        [&](doomed& on, engine_server& server) {
            server.every(engine::duration(1), destroying(on, token()));
        },
        settle);
    check(
        "a signal to read files again", {},
        [&](doomed& on, engine_server& server) { server.reload_on_sighup(destroying(on, token())); },
        [](doomed& on) {
            std::raise(SIGHUP);
            on.settle();
        });
    check(
        "the log of a signal to end",
        [&](doomed& on) {
            on.options.log = [told = destroying(on, token())](const log_record& line) {
                if (line.event == "told to end") told();
            };
        },
        [](doomed&, engine_server& server) { server.close_on_signals(); },
        [](doomed& on) {
            std::raise(SIGTERM);
            on.settle();
        });
}

TEST_CASE("destroyed within a call: what was written in that turn leaves") {
    doomed on;
    on.start([&](engine_server& server) {
        server.on_connection([&on](const transports::session& opened) {
            opened.send("bye");
            on.destroy();
        });
    });
    peer& socket = on.say(websocket());
    on.settle();
    CHECK(socket.read().got().ends_with("4bye"));
    on.check_gone();
}

TEST_CASE("destroyed between its calls, a server is gone at once") {
    doomed on;
    on.start({});
    peer& client = on.say(websocket());
    on.server.reset();
    CHECK((client.read().ended() || client.reset()));
}

}  // namespace engine_server_destruction_test
