// Whatever an application is called in, it may do anything there, and throw behind it: nobody else is harmed,
// and when all have gone nothing is left.
#include <doctest/doctest.h>

#include <atomic>
#include <memory>
#include <optional>
#include <random>

#include <test/socketio/careless.hpp>
#include <test/socketio/threaded_world.hpp>

namespace careless_acts_test {

using namespace kedge;
using namespace kedge::testing;
using namespace std::chrono_literals;
using kedge::socket;

namespace {

/// Something that an application does with a socket and its namespace.
struct deed {
    const char* name;
    void (*act)(const nsp& at, const socket& who);
};

constexpr deed deeds[] = {
    {"emits to it", [](const nsp&, const socket& who) { who.emit("y", 1); }},
    {"asks it", [](const nsp&, const socket& who) { who.emit("y", [](ack_error) {}); }},
    {"emits to all", [](const nsp& at, const socket&) { at.emit("y", 1); }},
    {"asks all",
     [](const nsp& at, const socket&) { at.timeout(1s).emit_with_ack("y").then([](auto&&...) {}); }},
    {"disconnects it", [](const nsp&, const socket& who) { who.disconnect(); }},
    {"disconnects its client", [](const nsp&, const socket& who) { who.disconnect(true); }},
    {"closes its session", [](const nsp&, const socket& who) { who.conn().close(true); }},
    {"disconnects its room",
     [](const nsp& at, const socket& who) { at.in("mine").except(who.id()).disconnect_sockets(); }},
    {"joins and leaves",
     [](const nsp&, const socket& who) {
         who.join({"red", "blue"});
         who.leave("red");
         who.join("mine");
     }},
    {"registers and takes back",
     [](const nsp& at, const socket& who) {
         who.off("x");
         who.off_any();
         who.on("x", [] {});
         at.off_event("x");
         at.on_event("z", [](const socket&) {});
     }},
    {"looks around",
     [](const nsp& at, const socket&) {
         at.fetch_sockets().then([](auto&&...) {});
         at.all_sockets().then([](auto&&...) {});
     }},
    {"puts off",
     [](const nsp&, const socket& who) {
         who.post([who] { who.emit("y"); });
         who.after(1ms, [who] { who.emit("y"); });
         who.expires_at(std::chrono::system_clock::now() + 1ms);
     }},
};

using call = std::function<void(const socket&)>;

/// The places in which an application is called, with what calls it there.
struct place {
    const char* name;
    void (*install)(namespaces& above, const nsp& at, const call& what);
};

template <class Install>
void on_each(const nsp& at, Install install) {
    at.on_connection([install](const socket& one) { install(one); });
}

constexpr place places[] = {
    {"on_connection", [](namespaces&, const nsp& at, const call& what) { at.on_connection(what); }},
    {"a middleware, before it answers",
     [](namespaces&, const nsp& at, const call& what) {
         at.use([what](const socket& one, const next& go_on) {
             what(one);
             go_on();
         });
     }},
    {"a middleware, when it has answered",
     [](namespaces&, const nsp& at, const call& what) {
         at.use([what](const socket& one, const next& go_on) {
             go_on();
             what(one);
         });
     }},
    {"a handler",
     [](namespaces&, const nsp& at, const call& what) {
         on_each(at, [what](const socket& one) { one.on("x", [what, one] { what(one); }); });
     }},
    {"a handler of all", [](namespaces&, const nsp& at, const call& what) { at.on_event("x", what); }},
    {"on_any",
     [](namespaces&, const nsp& at, const call& what) {
         on_each(at, [what](const socket& one) {
             one.on_any([what, one](std::string_view, const arguments&) { what(one); });
         });
     }},
    {"on_any_outgoing",
     [](namespaces&, const nsp& at, const call& what) {
         on_each(at, [what](const socket& one) {
             one.on_any_outgoing([what, one](std::string_view, const arguments&) { what(one); });
         });
     }},
    {"a middleware of the socket",
     [](namespaces&, const nsp& at, const call& what) {
         on_each(at, [what](const socket& one) {
             one.use([what, one](event&, const next& go_on) {
                 go_on();
                 what(one);
             });
         });
     }},
    {"on_disconnecting",
     [](namespaces&, const nsp& at, const call& what) {
         on_each(at, [what](const socket& one) { one.on_disconnecting([what, one] { what(one); }); });
     }},
    {"on_disconnect",
     [](namespaces&, const nsp& at, const call& what) {
         on_each(at, [what](const socket& one) { one.on_disconnect([what, one] { what(one); }); });
     }},
    {"on_error",
     [](namespaces&, const nsp& at, const call& what) {
         at.on_error([what](const socket& one, const socket_error&) { what(one); });
     }},
    {"an acknowledgement",
     [](namespaces&, const nsp& at, const call& what) {
         on_each(at, [what](const socket& one) { one.emit("q", [what, one](ack_error) { what(one); }); });
     }},
    {"hooks of rooms",
     [](namespaces&, const nsp& at, const call& what) {
         const auto last = std::make_shared<socket>();
         on_each(at, [last](const socket& one) { *last = one; });
         at.on_room_events({.on_create_room = [=](std::string_view) { what(*last); },
                            .on_join_room = [=](std::string_view, std::string_view) { what(*last); },
                            .on_leave_room = [=](std::string_view, std::string_view) { what(*last); },
                            .on_delete_room = [=](std::string_view) { what(*last); }});
     }},
    {"packets of the session",
     [](namespaces&, const nsp& at, const call& what) {
         on_each(at, [what](const socket& one) {
             one.conn().on_packet([what, one](const conn_packet&) { what(one); });
             one.conn().on_packet_create([what, one](const conn_packet&) { what(one); });
             one.conn().on_drain([what, one] { what(one); });
         });
     }},
    {"a task",
     [](namespaces&, const nsp& at, const call& what) {
         on_each(at, [what](const socket& one) {
             one.post([what, one] { what(one); });
             one.after(2ms, [what, one] { what(one); });
         });
     }},
    {"a new namespace",
     [](namespaces& above, const nsp& at, const call& what) {
         const auto last = std::make_shared<socket>();
         on_each(at, [last](const socket& one) { *last = one; });
         above.new_namespace_handlers().change([&](auto& all) {
             all.push_back(std::make_shared<namespaces::new_namespace_handler>(
                 [=](const hub::nsp_ptr&) { what(*last); }));
         });
     }},
};

/// What a client does that comes, talks, and goes.
const lines& conversation() {
    static const lines all{"40",
                           "42[\"x\"]",
                           "420[\"x\",1]",
                           "430[\"answer\"]",
                           "40/made,",
                           "42/made,[\"x\"]",
                           "42[\"typed\",\"no number\"]",
                           "41",
                           "40",
                           "42[\"x\"]"};
    return all;
}

void furnish(namespaces& above, const nsp& at) {
    above.add_parent([](const std::string&, const value&, const verdict& answer) { answer(true); });
    at.on_connection([](const socket& one) {
        one.join("mine");
        one.on("typed", [](int) {});
        one.on("echo", [](int number) { return number; });
    });
}

}  // namespace

TEST_CASE("every deed in every place, with a throw behind it") {
    for (const auto& where : places) {
        for (const auto& what : deeds) {
            CAPTURE(where.name);
            CAPTURE(what.name);
            world all(log_badly);
            const auto at = all.of();
            furnish(*all.above, at);
            auto witness = all.open();
            int left = 40;  // what calls itself would never end
            where.install(*all.above, at, [&](const socket& one) {
                if (left-- <= 0) return;
                what.act(at, one);
                throw no_exception();
            });
            auto one = all.open();
            for (const auto& each : conversation())
                if (!one.closed()) one.send(each);
            all.loop.run_posted();
            all.loop.advance(2s);
            one.vanish();
            left = 0;
            witness.send("40");
            witness.ignore();
            witness.send(R"(427["echo",5])");
            CHECK(witness.got() == lines{"437[5]"});
            witness.vanish();
            all.loop.run_posted();
            CHECK(at.sockets().empty());
            CHECK(at.room_list().empty());
            CHECK(all.sessions->size() == 0);
        }
    }
}

TEST_CASE("mt: every place at once, on several workers, with deeds by chance") {
    threaded_world all(3, log_badly);
    const auto at = all.of();
    furnish(*all.above, at);
    std::atomic<int> left = 20'000;
    std::atomic<unsigned> seed = 1;
    for (const auto& where : places) {
        if (std::string_view(where.name) == "hooks of rooms" ||
            std::string_view(where.name) == "a new namespace")
            continue;  // they know the sockets of one worker only
        where.install(*all.above, at, [&](const socket& one) {
            if (left.fetch_sub(1) <= 0) return;
            thread_local std::minstd_rand dice(seed.fetch_add(1));
            if (dice() % 4 == 0) deeds[dice() % std::size(deeds)].act(at, one);
            if (dice() % 4 == 0) throw no_exception();
        });
    }
    for (int round = 0; round < 12; ++round) {
        std::vector<threaded_world::remote_peer> peers;
        for (unsigned i = 0; i < 9; ++i) peers.push_back(all.open(i % 3));
        for (const auto& text : conversation())
            for (const auto& each : peers) each.send(text);
        all.settle();
        for (const auto& each : peers) each.vanish();
        all.settle();
    }
    left = 0;
    CHECK(std::get<1>(await(at.fetch_sockets())).empty());
    auto witness = all.join(1);
    witness.send(R"(427["echo",5])");
    all.settle();
    CHECK(witness.count("437[5]") == 1);
}

}  // namespace careless_acts_test
