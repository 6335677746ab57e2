#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <kedge/engine/buffered_bytes.hpp>
#include <kedge/transports/net/stream.hpp>
#include <kedge/transports/net/tls_state.hpp>

#include <test/transports/loopback.hpp>
#include <test/transports/wandering_workers.hpp>

namespace stream_test {

using namespace kedge::transports;
using kedge::test::hand_turned;
using kedge::test::peer;
using kedge::test::recorder;
using kedge::test::station;
using namespace std::chrono_literals;

namespace {

void echo(recorder& self, std::string_view bytes) {
    self.stream.write(bytes);
    self.stream.want_drain();
}

std::string pattern(std::size_t size) {
    std::string text(size, '\0');
    for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + i * 7 % 26);
    return text;
}

/// Sends all of `text` and reads until as much came back.
bool converse(station& s, peer& client, const std::string& text) {
    client.forget();
    std::size_t sent = 0;
    return s.until([&] {
        sent += client.send(std::string_view(text).substr(sent));
        return client.read().got().size() >= text.size();
    });
}

}  // namespace

TEST_CASE("a stream is small") {
    CHECK(sizeof(stream) <= 184);  // the allocator's step: one byte more would cost 16
}

TEST_CASE("what is written in one turn leaves at its end, and the owner hears that it left") {
    for (const readiness_source how : {readiness_source::native, readiness_source::async_wait}) {
        station s({}, how);
        recorder* server = nullptr;
        peer client = s.connect(server);
        server->react = echo;
        client.send("hello");
        CHECK(s.until([&] { return client.read().got() == "hello"; }));
        CHECK(s.until([&] { return server->drains == 1; }));
        s.worker().post([one = server] {
            one->stream.write("a");
            one->stream.output() += "b";
            const auto big =
                kedge::engine::message::make(kedge::engine::content_kind::text, std::string(10'000, 'c'));
            one->stream.write(big->data(), big);
            one->stream.write("d");
            one->stream.want_drain();
            CHECK(one->stream.unsent() == 10'003);
        });
        const std::string expected = "helloab" + std::string(10'000, 'c') + "d";
        CHECK(s.until([&] { return client.read().got() == expected; }));
        CHECK(server->drains == 2);
        CHECK(server->stream.unsent() == 0);
        CHECK(server->stream.from().address == "127.0.0.1");
        CHECK(server->stream.from().port != 0);
    }
}

TEST_CASE("a lone message costs one recv and one send, and no read in vain") {
    station s;
    recorder* server = nullptr;
    peer client = s.connect(server);
    server->react = echo;
    const auto& counters = s.worker().counters();
    const auto in = counters.bytes_in.value();
    client.send("ping");
    CHECK(s.until([&] { return client.read().got() == "ping"; }));
    CHECK(counters.bytes_in.value() - in == 4);
    CHECK(counters.bytes_out.value() == 4);
    CHECK(server->reads == 1);
}

TEST_CASE("200 KB echoes pass full socket buffers both ways") {
    for (const readiness_source how : {readiness_source::native, readiness_source::async_wait}) {
        station s({}, how);
        s.react = echo;
        recorder* server = nullptr;
        peer client = s.connect(server);
        const std::string text = pattern(200'000);
        for (int i = 0; i < 5; ++i) {
            REQUIRE(converse(s, client, text));
            CHECK((client.got() == text));
        }
        // Nothing is read while these are sent: the echoes fill every buffer between, then drain.
        const std::string many = pattern(40 * text.size());
        client.forget();
        std::size_t sent = 0;
        CHECK(s.until([&] {
            sent += client.send(std::string_view(many).substr(sent));
            return sent == many.size() || server->stream.unsent() > 0;
        }));
        CHECK(s.until([&] {
            sent += client.send(std::string_view(many).substr(sent));
            return client.read().got().size() >= many.size();
        }));
        CHECK((client.got() == many));
        CHECK(s.until([&] { return server->stream.unsent() == 0; }));
        CHECK(server->stream.writable());
    }
}

TEST_CASE("a message that is written alone leaves uncopied, and in its place when more follows") {
    station s;
    recorder* one = nullptr;
    recorder* two = nullptr;
    peer alone = s.connect(one);
    peer among = s.connect(two);
    s.worker().post([&] {
        // The streams keep no reference of their own, the turn does.
        const auto small = kedge::engine::message::make(kedge::engine::content_kind::text, "small");
        one->stream.write(small->data(), small);
        CHECK(one->stream.unsent() == 5);
        CHECK(small.use_count() == 2);
        two->stream.write(small->data(), small);
        two->stream.write(small->data(), small);
        two->stream.output() += "text";
        two->stream.write(small->data(), small);
        CHECK(two->stream.unsent() == 19);
    });
    CHECK(s.until([&] { return alone.read().got() == "small"; }));
    CHECK(s.until([&] { return among.read().got() == "smallsmalltextsmall"; }));
    CHECK(one->stream.unsent() == 0);
}

TEST_CASE("a message that the kernel takes in part, or not at all, goes on where it stopped") {
    station s;
    recorder* server = nullptr;
    peer client = s.connect(server);
    std::string sent;
    while (server->stream.writable()) {
        const std::string text = pattern(4000 + sent.size() % 89);
        s.worker().post([&] {
            const auto one = kedge::engine::message::make(kedge::engine::content_kind::text, text);
            server->stream.write(one->data(), one);
        });
        sent += text;
        s.settle();
    }
    const std::vector<std::string> others(100, std::string(4000, 'X'));  // where the message was, perhaps
    CHECK(s.until([&] { return client.read().got().size() >= sent.size(); }));
    CHECK(client.got() == sent);
}

TEST_CASE("messages are let go of when they are flushed, also where each drain writes the next") {
    station s;
    recorder* server = nullptr;
    peer client = s.connect(server);
    std::vector<std::weak_ptr<const kedge::engine::message>> written;
    std::ptrdiff_t most = 0;
    server->react_drain = [&](recorder& self) {
        if (written.size() == 2000) return;
        const auto next = kedge::engine::message::make(kedge::engine::content_kind::text, "next");
        written.emplace_back(next);
        self.stream.write(next->data(), next);
        self.stream.want_drain();
        most = std::max(most, std::count_if(written.begin(), written.end(),
                                            [](const auto& each) { return !each.expired(); }));
    };
    server->stream.want_drain();
    CHECK(s.until([&] { return client.read().got().size() == 4 * 2000; }));
    CHECK(most <= 3);
    s.settle();
    CHECK(written.back().expired());
}

TEST_CASE(
    "a message waits where the kernel takes no more, outlives its turn, and goes with a stream that closes") {
    station s;
    recorder* server = nullptr;
    peer client = s.connect(server);
    const std::string text = pattern(8 << 20);
    s.worker().post([&] { server->stream.write(text); });
    s.settle();
    REQUIRE_FALSE(server->stream.writable());
    s.worker().post([&] {
        const auto small = kedge::engine::message::make(kedge::engine::content_kind::text, "small");
        server->stream.write(small->data(), small);
    });
    s.settle();
    CHECK(s.until([&] { return client.read().got().size() == text.size() + 5; }));
    CHECK(client.got().ends_with("small"));
    s.worker().post([&] {
        const auto last = kedge::engine::message::make(kedge::engine::content_kind::text, "last");
        server->stream.write(last->data(), last);
        server->stream.close();
        s.bury(server);
    });
    CHECK(s.until([&] { return client.read().ended(); }));
    CHECK(client.got().ends_with("smalllast"));
}

TEST_CASE("bytes that the kernel refuses wait, are counted, and leave when it takes them") {
    station s;
    recorder* server = nullptr;
    peer client = s.connect(server);
    const std::string text = pattern(8 << 20);
    s.worker().post([&, one = server] {
        one->stream.write(text);
        one->stream.want_drain();
    });
    s.settle();
    CHECK_FALSE(server->stream.writable());
    CHECK(server->stream.unsent() > 0);
    CHECK(server->stream.unsent() < text.size());
    CHECK(server->drains == 0);
    const std::size_t waiting = server->stream.unsent();
    s.worker().post([one = server] { one->stream.write("more"); });
    s.settle();
    CHECK(server->stream.unsent() == waiting + 4);
    CHECK(s.until([&] { return client.read().got().size() == text.size() + 4; }));
    CHECK((client.got() == text + "more"));
    CHECK(s.until([&] { return server->drains == 1; }));
    CHECK(server->stream.writable());
}

TEST_CASE("no edge is lost between many connections, odd sizes and batches") {
    for (const readiness_source how : {readiness_source::native, readiness_source::async_wait}) {
        station s({}, how);
        s.react = echo;
        constexpr std::size_t clients = 200;
        std::vector<peer> peers;
        for (std::size_t i = 0; i < clients; ++i) peers.push_back(s.connect());
        std::mt19937 random(7);
        std::vector<std::string> sent(clients);
        for (int round = 0; round < 20; ++round) {
            for (std::size_t i = 0; i < clients; ++i) {
                const std::string text = pattern(random() % 5 == 0 ? random() % 100'000 : 1 + random() % 200);
                sent[i] += text.substr(0, peers[i].send(text));
            }
            s.settle();
        }
        for (std::size_t i = 0; i < clients; ++i)
            REQUIRE(s.until([&] { return peers[i].read().got().size() == sent[i].size(); }));
        for (std::size_t i = 0; i < clients; ++i) REQUIRE((peers[i].got() == sent[i]));
    }
}

TEST_CASE("one that talks without end does not keep others from their turn") {
    station s;
    recorder* hog_server = nullptr;
    peer hog = s.connect(hog_server);
    recorder* quiet_server = nullptr;
    peer quiet = s.connect(quiet_server);
    const std::string load = pattern(4 << 20);
    std::size_t sent = 0;
    bool answered_early = false;
    quiet_server->react = [&, one = hog_server](recorder&, std::string_view) {
        answered_early = one->got.size() < load.size();
    };
    sent += hog.send(load);
    s.until([&] { return hog_server->reads > 0; });
    quiet.send("me");
    CHECK(s.until([&] {
        sent += hog.send(std::string_view(load).substr(sent));
        return quiet_server->got == "me";
    }));
    CHECK(answered_early);
    CHECK(s.until([&] {
        sent += hog.send(std::string_view(load).substr(sent));
        return hog_server->got.size() == load.size();
    }));
    CHECK((hog_server->got == load));
}

TEST_CASE("a paused stream leaves bytes in the kernel and finds them when it resumes") {
    for (const readiness_source how : {readiness_source::native, readiness_source::async_wait}) {
        station s({}, how);
        recorder* server = nullptr;
        peer client = s.connect(server);
        server->react = [](recorder& self, std::string_view) { self.stream.pause(); };
        client.send("one");
        CHECK(s.until([&] { return server->got == "one"; }));
        CHECK(server->stream.paused());
        client.send("two");
        s.settle();
        s.settle();
        CHECK(server->got == "one");
        server->stream.resume();
        CHECK(s.until([&] { return server->got == "onetwo"; }));
        CHECK(server->ends == 0);
    }
}

TEST_CASE("a paused stream still notices that the peer went away") {
    for (const readiness_source how : {readiness_source::native, readiness_source::async_wait}) {
        station s({}, how);
        recorder* server = nullptr;
        peer client = s.connect(server);
        server->stream.pause();
        s.settle();
        client.close();
        CHECK(s.until([&] { return server->ends == 1; }));

        recorder* other = nullptr;
        peer rude = s.connect(other);
        other->stream.pause();
        rude.send("unread");
        s.settle();
        rude.reset_connection();
        CHECK(s.until([&] { return other->ends == 1; }));
    }
}

TEST_CASE("the end is told after the bytes before it, also to one that was paused") {
    for (const readiness_source how : {readiness_source::native, readiness_source::async_wait}) {
        station s({}, how);
        recorder* server = nullptr;
        peer client = s.connect(server);
        server->react_end = [](recorder& self) { self.got += "$"; };
        client.send("last words");
        client.half_close();
        CHECK(s.until([&] { return server->ends == 1; }));
        CHECK(server->got == "last words$");
        // Half-closed is not closed: the answer still arrives.
        s.worker().post([one = server] {
            one->stream.write("answer");
            one->stream.close();
        });
        CHECK(s.until([&] { return client.read().ended(); }));
        CHECK(client.got() == "answer");

        recorder* paused = nullptr;
        peer second = s.connect(paused);
        paused->stream.pause();
        second.send("kept");
        second.half_close();
        s.settle();
        s.settle();
        CHECK(paused->ends == 0);
        CHECK(paused->got.empty());
        paused->stream.resume();
        CHECK(s.until([&] { return paused->ends == 1; }));
        CHECK(paused->got == "kept");
    }
}

TEST_CASE("closing sends what was written, even if the owner is buried at once and the kernel is slow") {
    station s;
    recorder* server = nullptr;
    peer client = s.connect(server);
    const std::string text = pattern(6 << 20);
    s.worker().post([&, one = server] {
        one->stream.write(text);
        one->stream.close();
        CHECK(one->stream.closed());
        one->stream.write("not this");
        s.bury(one);
    });
    CHECK(s.until([&] { return client.read().ended(); }));
    CHECK((client.got() == text));
    CHECK_FALSE(client.reset());
    CHECK(s.worker().connections() == 0);
}

TEST_CASE("an answer is not lost to a reset when the client had more to say") {
    station s;
    recorder* server = nullptr;
    peer client = s.connect(server);
    server->react = [&](recorder& self, std::string_view) {
        self.stream.write("413");
        self.stream.close();
        s.bury(&self);
    };
    client.send(pattern(100'000));
    s.settle();
    for (int i = 0; i < 3; ++i)
        client.send(pattern(20'000));  // would be met by a reset if the socket were closed
    CHECK(s.until([&] { return client.read().ended() || client.reset(); }));
    CHECK(client.got() == "413");
    CHECK_FALSE(client.reset());
}

TEST_CASE("a peer that does not close is not waited for long") {
    station s;
    recorder* server = nullptr;
    peer client = s.connect(server);
    s.worker().post([&, one = server] {
        one->stream.close();
        s.bury(one);
    });
    CHECK(s.until([&] { return client.read().ended(); }));
    // Our side is half open until it is closed, too; then what comes is met by a reset.
    CHECK(s.until([&] { return ::send(client.descriptor(), "x", 1, MSG_NOSIGNAL) < 0 && errno != EAGAIN; }));
}

TEST_CASE("aborting ends at once, from any callback, and is safe to repeat") {
    station s;
    recorder* server = nullptr;
    peer client = s.connect(server);
    server->react = [&](recorder& self, std::string_view) {
        self.stream.write("never");
        self.stream.abort();
        self.stream.abort();
        self.stream.close();
        s.bury(&self);
    };
    client.send("go");
    CHECK(s.until([&] { return client.read().ended() || client.reset(); }));
    CHECK(client.got().empty());
    CHECK(s.worker().connections() == 0);
}

TEST_CASE(
    "any owner may be closed and buried in anybody's callback, also while its event is in the same batch") {
    station s;
    constexpr std::size_t count = 40;
    std::vector<peer> clients;
    for (std::size_t i = 0; i < count; ++i) clients.push_back(s.connect());
    int heard = 0;
    for (recorder* each : s.arrived)
        each->react = [&](recorder& self, std::string_view) {
            ++heard;
            for (recorder* other : s.arrived) {
                if (other == &self) continue;
                other->stream.abort();
                s.bury(other);
            }
        };
    for (auto& client : clients) client.send("all at once");
    CHECK(s.until([&] { return s.worker().connections() == 1; }));
    CHECK(heard == 1);
}

TEST_CASE("closing in on_end and in on_drain is safe") {
    station s;
    recorder* server = nullptr;
    peer client = s.connect(server);
    server->react_end = [&](recorder& self) {
        self.stream.close();
        s.bury(&self);
    };
    client.close();
    CHECK(s.until([&] { return s.worker().connections() == 0; }));

    recorder* drained = nullptr;
    peer other = s.connect(drained);
    drained->react_drain = [&](recorder& self) {
        self.stream.close();
        s.bury(&self);
    };
    drained->stream.write("bye");  // outside of a turn: one is made
    drained->stream.want_drain();
    CHECK(s.until([&] { return other.read().ended(); }));
    CHECK(other.got() == "bye");
    CHECK(s.worker().connections() == 0);
}

TEST_CASE("a failed write is an end like any other") {
    station s;
    recorder* server = nullptr;
    peer client = s.connect(server);
    server->stream.pause();
    s.settle();
    client.reset_connection();
    for (int i = 0; i < 3; ++i) {
        server->stream.write(pattern(1000));
        s.settle();
    }
    CHECK(s.until([&] { return server->ends == 1; }));
    CHECK(server->stream.unsent() == 0);
}

TEST_CASE("an exception of an owner harms only itself") {
    station s;
    int errors = 0;
    s.worker().on_error([&](std::exception_ptr) { ++errors; });
    recorder* server = nullptr;
    peer client = s.connect(server);
    server->react = [](recorder&, std::string_view) { throw std::runtime_error("owner"); };
    recorder* witness = nullptr;
    peer other = s.connect(witness);
    witness->react = echo;
    client.send("x");
    other.send("y");
    CHECK(s.until([&] { return other.read().got() == "y"; }));
    CHECK(s.until([&] { return errors == 1; }));
    client.send("x");
    CHECK(s.until([&] { return errors == 2; }));
}

TEST_CASE("a stream that is released and adopted loses nothing: unread, unsent, in the kernel") {
    station s;
    recorder* server = nullptr;
    peer client = s.connect(server);
    std::unique_ptr<recorder> second;
    server->react = [&](recorder& self, std::string_view bytes) {
        if (second) return;
        self.stream.write("early;");
        auto moved = self.stream.release(bytes.substr(1));
        CHECK(self.stream.closed());
        CHECK(moved.unread == "bc");
        CHECK(moved.unsent == "early;");
        CHECK(moved.from.address == "127.0.0.1");
        client.send("later");
        second = std::make_unique<recorder>(s.worker(), std::move(moved));
        second->react = [](recorder& next, std::string_view more) { next.stream.write(more); };
        s.bury(&self);
    };
    client.send("abc");
    CHECK(s.until([&] { return client.read().got() == "early;bclater"; }));
    CHECK(second->got == "bclater");
    CHECK(s.worker().connections() == 1);
}

TEST_CASE("one that pauses for what it was adopted with notices that the peer went away before that") {
    hand_turned h;
    int pair[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    peer client(pair[0]);
    recorder server(h.worker, adopt(pair[1], "a request"));
    server.react = [](recorder& self, std::string_view) { self.stream.pause(); };
    client.close();
    CHECK(h.until([&] { return server.ends == 1; }));
    CHECK(server.got == "a request");
}

TEST_CASE("a message goes along with a stream that is released in the turn in which it was written") {
    station s;
    recorder* server = nullptr;
    peer client = s.connect(server);
    std::unique_ptr<recorder> second;
    s.worker().post([&] {
        const auto small = kedge::engine::message::make(kedge::engine::content_kind::text, "small");
        server->stream.write(small->data(), small);
        auto moved = server->stream.release({});
        CHECK(moved.unsent == "small");
        second = std::make_unique<recorder>(s.worker(), std::move(moved));
        s.bury(server);
    });
    CHECK(s.until([&] { return client.read().got() == "small"; }));
}

TEST_CASE("adopt() takes a socket that others accepted, with what they read") {
    hand_turned h;
    int pair[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    peer client(pair[0]);
    recorder server(h.worker, adopt(pair[1], "first "));
    CHECK(server.got.empty());
    client.send("second");
    CHECK(h.until([&] { return server.got == "first second"; }));
    CHECK(server.stream.from().address.empty());
}

TEST_CASE("a worker that goes closes its streams") {
    peer client;
    {
        station s;
        client = s.connect();
    }
    client.read();
    CHECK((client.ended() || client.reset()));
}

TEST_CASE("mt: connections move between workers in the middle of a conversation") {
    constexpr int clients = 40;
    constexpr int rounds = 60;
    wandering_workers on(4);
    std::vector<peer> peers;
    for (int i = 0; i < clients; ++i) peers.emplace_back(on.port());
    std::string expected;
    for (int round = 0; round < rounds; ++round) {
        const std::string text = "m" + std::to_string(round) + (round % 3 == 0 ? ">x>" : ";");
        expected += text;
        for (auto& each : peers) each.send(text);
        if (round % 7 == 0) std::this_thread::yield();
    }
    const auto deadline = std::chrono::steady_clock::now() + 20s;
    for (auto& each : peers) {
        while (each.read().got().size() < expected.size() && std::chrono::steady_clock::now() < deadline)
            std::this_thread::yield();
        CHECK(each.got() == expected);
    }
    for (auto& each : peers) each.close();
    while (on.connections() > 0 && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
    CHECK(on.connections() == 0);
}

TEST_CASE(
    "what an owner puts back comes again in another turn, behind what others sent, and before the end") {
    for (const readiness_source how : {readiness_source::native, readiness_source::async_wait}) {
        station s({}, how);
        recorder* hog = nullptr;
        peer client = s.connect(hog);
        std::vector<std::uint64_t> turns;
        hog->react = [&](recorder& self, std::string_view bytes) {
            turns.push_back(s.worker().turn());
            if (bytes.size() <= 3) return;
            self.got.resize(self.got.size() - (bytes.size() - 3));
            self.stream.put_back({const_cast<char*>(bytes.data()) + 3, bytes.size() - 3});
        };
        client.send("abcdefghijk");
        client.half_close();
        CHECK(s.until([&] { return hog->ends == 1; }));
        CHECK(hog->got == "abcdefghijk");
        CHECK(hog->reads == 4);
        REQUIRE(turns.size() == 4);
        CHECK(std::adjacent_find(turns.begin(), turns.end()) == turns.end());
    }
}

TEST_CASE("what an owner puts back is counted among the bytes that wait, until it is given again") {
    station s;
    const std::size_t before = kedge::engine::buffered_bytes::total();
    std::vector<std::size_t> waited;
    recorder* server = nullptr;
    peer client = s.connect(server);
    server->react = [&](recorder& self, std::string_view bytes) {
        waited.push_back(kedge::engine::buffered_bytes::total() - before);
        if (waited.size() > 1) return;
        self.got.clear();
        self.stream.put_back({const_cast<char*>(bytes.data()), bytes.size()});
        CHECK(kedge::engine::buffered_bytes::total() - before >= bytes.size());
    };
    client.send(pattern(20'000));
    CHECK(s.until([&] { return server->got.size() == 20'000; }));
    CHECK(waited.front() == 0);
    CHECK(waited.back() == 0);
    CHECK(kedge::engine::buffered_bytes::total() == before);
}

TEST_CASE("what waits for many slow readers is in memory once") {
    using kedge::engine::buffered_bytes;
    using kedge::engine::content_kind;
    using kedge::engine::message;
    station s;
    std::vector<peer> readers;
    std::vector<recorder*> ends;
    for (int i = 0; i < 20; ++i) {
        recorder* server = nullptr;
        readers.push_back(s.connect(server));
        ends.push_back(server);
    }
    const std::size_t before = buffered_bytes::total();
    std::size_t sent = 0;
    const auto broadcast = [&] {
        const auto shared = message::make(content_kind::text, std::string(1000, 'm'));
        for (auto* each : ends) each->stream.write(shared->data(), shared);
        sent += 1000;
    };
    const auto round = [&](int count) {
        bool done = false;
        s.worker().post([&] {
            for (int i = 0; i < count; ++i) broadcast();
            done = true;
        });
        REQUIRE(s.until([&] { return done; }));
    };
    while (std::any_of(ends.begin(), ends.end(), [](recorder* each) { return each->stream.writable(); }))
        round(500);
    const std::size_t full = sent;
    for (int i = 0; i < 10; ++i) round(500);
    s.settle();
    for (auto* each : ends) CHECK(each->stream.unsent() >= sent - full);
    // 5 MB are 20 times in the readers' queues; each reader's queue takes some bytes for each message.
    const std::size_t held = buffered_bytes::total() - before;
    MESSAGE("bytes sent: ", sent, ", held: ", held);
    CHECK(held < 4 * sent + 20 * (sent / 1000) * 96 + 20 * 128 * 1024);
    for (auto* each : ends) each->stream.abort();
    CHECK(buffered_bytes::total() == before);
}

TEST_CASE("a stream that closes where the system refuses to watch its descriptor further is closed at once") {
    struct nobody final : pollable {
        void on_ready(ready) override {}
    } stranger;
    for (const readiness_source how : {readiness_source::native, readiness_source::async_wait}) {
        station s({}, how);
        recorder* server = nullptr;
        peer client = s.connect(server);
        int descriptor = -1;
        for (int each = 3; each < 1024; ++each) {  // ours is the one whose peer is the client's own name
            sockaddr_in ours{}, theirs{};
            socklen_t size = sizeof ours;
            if (::getpeername(each, reinterpret_cast<sockaddr*>(&ours), &size) != 0) continue;
            size = sizeof theirs;
            ::getsockname(client.descriptor(), reinterpret_cast<sockaddr*>(&theirs), &size);
            if (ours.sin_port == theirs.sin_port) descriptor = each;
        }
        REQUIRE(descriptor >= 0);
        s.worker().post([&] {
            s.worker().poll().remove(descriptor, stranger);  // from here on it is refused
            server->stream.close();
            s.worker().bury(*server);
        });
        CHECK(s.until([&] { return client.read().ended() || client.reset(); }));
        CHECK(s.worker().connections() == 0);
        CHECK(::fcntl(descriptor, F_GETFD) == -1);
    }
}

}  // namespace stream_test
