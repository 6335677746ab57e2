#include <doctest/doctest.h>

#include <malloc.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <kedge/transports/net/listener.hpp>
#include <kedge/transports/net/stream.hpp>
#include <kedge/transports/net/tls.hpp>

#include <test/transports/certificates.hpp>
#include <test/transports/loopback.hpp>
#include <test/transports/tls_peer.hpp>
#include <test/transports/wandering_workers.hpp>

namespace tls_test {

using namespace kedge::transports;
using kedge::test::authority;
using kedge::test::peer;
using kedge::test::recorder;
using kedge::test::station;
using kedge::test::tls_peer;
using kedge::test::tls_peer_options;
using namespace std::chrono_literals;

namespace {

const authority& test_authority() {
    static const authority made;
    return made;
}

tls_options basic(const std::string& name = "main.example") {
    tls_options options;
    options.certificate = test_authority().issue(name);
    return options;
}

void echo(recorder& self, std::string_view bytes) {
    self.stream.write(bytes);
}

/// A station that speaks TLS and echoes.
struct tls_station : station {
    explicit tls_station(tls_options options = basic(), readiness_source how = readiness_source::native)
        : tls_station(std::make_shared<tls_context>(std::move(options)), how) {}
    tls_station(std::shared_ptr<tls_context> made, readiness_source how)
        : station(listening(made), how), context(std::move(made)) {
        react = echo;
    }
    static listen_options listening(std::shared_ptr<tls_context> made) {
        listen_options options;
        options.tls = std::move(made);
        return options;
    }

    tls_peer client(const tls_peer_options& options = {}) { return tls_peer(peer(port()), options); }
    /// Turns until the handshake is over, one way or the other.
    bool shakes_hands(tls_peer& client) {
        until([&] { return client.turn().ready() || client.failed() || client.socket().ended(); });
        return client.ready() && !client.failed();
    }
    bool echoes(tls_peer& client, const std::string& text) {
        client.forget();
        client.write(text);
        return until([&] { return client.turn().got().size() >= text.size(); }) && client.got() == text;
    }

    std::shared_ptr<tls_context> context;
};

std::string error_of(const tls_options& options) {
    try {
        tls_context attempt(options);
    } catch (const std::runtime_error& error) {
        return error.what();
    }
    return "";
}

bool says(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

std::string pattern(std::size_t size) {
    std::string text(size, '\0');
    for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + i * 11 % 26);
    return text;
}

}  // namespace

TEST_CASE("TLS 1.3 and 1.2 connections talk, in small and in large pieces") {
    for (const readiness_source how : {readiness_source::native, readiness_source::async_wait}) {
        for (const int highest : {TLS1_3_VERSION, TLS1_2_VERSION}) {
            tls_station s(basic(), how);
            tls_peer_options options;
            options.highest = highest;
            tls_peer client = s.client(options);
            REQUIRE(s.shakes_hands(client));
            CHECK(client.version() == (highest == TLS1_3_VERSION ? "TLSv1.3" : "TLSv1.2"));
            CHECK(s.echoes(client, "hello"));
            CHECK(s.echoes(client, pattern(200'000)));
            CHECK(s.echoes(client, pattern(3'000'000)));
            CHECK(s.arrived[0]->stream.from().secure);
            CHECK(s.arrived[0]->stream.from().certificate == nullptr);
            CHECK(s.arrived[0]->stream.unsent() == 0);
            CHECK(s.worker().counters().tls_handshakes.value() == 1);
            CHECK(s.worker().counters().tls_failures.value() == 0);
        }
    }
}

TEST_CASE("a handshake may come byte by byte") {
    tls_station s;
    tls_peer client = s.client();
    CHECK(
        s.until([&] { return client.turn(1).ready() && s.worker().counters().tls_handshakes.value() == 1; }));
    CHECK(s.echoes(client, "x"));
}

TEST_CASE("what one turn writes goes out as few records") {
    tls_station s;
    tls_peer client = s.client();
    REQUIRE(s.shakes_hands(client));
    REQUIRE(s.echoes(client, "warm"));
    recorder* const server = s.arrived[0];
    const auto before = s.worker().counters().bytes_out.value();
    const auto shared = kedge::engine::message::make(kedge::engine::content_kind::text, pattern(5000));
    s.worker().post([&] {
        for (int i = 0; i < 20; ++i) server->stream.write("0123456789");
        server->stream.write(shared->data(), shared);
        server->stream.write("end");
    });
    client.forget();
    const std::size_t size = 200 + 5000 + 3;
    CHECK(s.until([&] { return client.turn().got().size() == size; }));
    CHECK(client.got().substr(198, 6) == "89" + std::string(shared->data().substr(0, 4)));
    CHECK(s.worker().counters().bytes_out.value() - before == size + 22);  // one record's header and tag
}

TEST_CASE("bytes refused by the kernel wait unsealed and arrive in order") {
    tls_station s;
    tls_peer client = s.client();
    REQUIRE(s.shakes_hands(client));
    REQUIRE(s.echoes(client, "warm"));
    recorder* const server = s.arrived[0];
    const std::string text = pattern(12 << 20);
    client.forget();
    s.worker().post([&] { server->stream.write(text); });
    s.settle();
    CHECK_FALSE(server->stream.writable());
    CHECK(server->stream.unsent() > 1'000'000);
    CHECK(s.until([&] { return client.turn().got().size() == text.size(); }));
    CHECK((client.got() == text));
    CHECK(s.until([&] { return server->stream.writable() && server->stream.unsent() == 0; }));
}

TEST_CASE("the certificate follows the server name") {
    tls_options options = basic();
    options.server_names["chat.example"] = test_authority().issue("chat.example");
    options.server_names["*.wild.example"] = test_authority().issue("*.wild.example");
    tls_station s(options);
    const auto shown = [&](const std::string& name) {
        tls_peer_options asking;
        asking.server_name = name;
        tls_peer client = s.client(asking);
        CHECK(s.shakes_hands(client));
        CHECK(s.echoes(client, "ok"));
        return client.server_certificate();
    };
    CHECK(shown("chat.example") == "chat.example");
    CHECK(shown("CHAT.example") == "chat.example");
    CHECK(shown("a.wild.example") == "*.wild.example");
    CHECK(shown("a.b.wild.example") == "main.example");
    CHECK(shown("other.example") == "main.example");
    CHECK(shown("") == "main.example");
}

TEST_CASE("ALPN offers HTTP/1.1 and refuses who speaks only something else") {
    tls_station s;
    tls_peer_options asking;
    asking.protocols = "\x02h2\x08http/1.1";
    tls_peer both = s.client(asking);
    CHECK(s.shakes_hands(both));
    CHECK(both.protocol() == "http/1.1");
    asking.protocols = "\x02h2";
    tls_peer two = s.client(asking);
    CHECK_FALSE(s.shakes_hands(two));
    tls_peer none = s.client();
    CHECK(s.shakes_hands(none));
    CHECK(none.protocol().empty());
}

TEST_CASE("sessions are resumed by tickets, across a reload too, unless switched off") {
    for (const int highest : {TLS1_3_VERSION, TLS1_2_VERSION}) {
        tls_station s;
        tls_peer_options asking;
        asking.highest = highest;
        tls_peer first = s.client(asking);
        REQUIRE(s.shakes_hands(first));
        REQUIRE(s.echoes(first, "tickets come before this"));
        asking.resume = first.session();
        tls_peer second = s.client(asking);
        CHECK(s.shakes_hands(second));
        CHECK(second.resumed());
        CHECK(s.echoes(second, "again"));
        CHECK(s.worker().counters().tls_resumptions.value() == 1);
        s.context->reload(basic("renewed.example"));
        tls_peer third = s.client(asking);
        CHECK(s.shakes_hands(third));
        CHECK(third.resumed());
        SSL_SESSION_free(asking.resume);

        tls_options without = basic();
        without.tickets = false;
        tls_station t(without);
        asking.resume = nullptr;
        tls_peer once = t.client(asking);
        REQUIRE(t.shakes_hands(once));
        REQUIRE(t.echoes(once, "no tickets"));
        asking.resume = once.session();
        tls_peer twice = t.client(asking);
        CHECK(t.shakes_hands(twice));
        CHECK_FALSE(twice.resumed());
        SSL_SESSION_free(asking.resume);
    }
}

TEST_CASE("clients are asked for certificates, and theirs is shown") {
    const authority strangers("Strangers");
    tls_options options = basic();
    options.client = client_certificates::required;
    options.client_ca = test_authority().pem();
    tls_station s(options);
    tls_peer_options asking;
    asking.highest = TLS1_2_VERSION;  // where the client learns of the refusal within the handshake
    tls_peer without = s.client(asking);
    CHECK_FALSE(s.shakes_hands(without));
    asking.certificate = strangers.issue("mallory");
    tls_peer stranger = s.client(asking);
    CHECK_FALSE(s.shakes_hands(stranger));
    CHECK(s.worker().counters().tls_failures.value() == 2);
    CHECK(s.arrived[0]->got.empty());
    CHECK(s.arrived[0]->ends == 1);

    for (const int highest : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        asking.highest = highest;
        asking.certificate = test_authority().issue("alice");
        asking.resume = nullptr;
        tls_peer alice = s.client(asking);
        REQUIRE(s.shakes_hands(alice));
        REQUIRE(s.echoes(alice, "me"));
        const auto shown = s.arrived.back()->stream.from().certificate;
        REQUIRE(shown != nullptr);
        CHECK(shown->subject == "CN=alice");
        CHECK(shown->issuer == "CN=Kedge Test CA");
        CHECK(shown->verified);
        CHECK(shown->serial.size() >= 4);
        CHECK(shown->fingerprint_sha256.size() == 32 * 3 - 1);
        CHECK(says(shown->pem, "BEGIN CERTIFICATE"));
        // A resumed session still stands for the certificate.
        asking.resume = alice.session();
        asking.certificate = {};
        tls_peer again = s.client(asking);
        REQUIRE(s.shakes_hands(again));
        REQUIRE(s.echoes(again, "me"));
        CHECK(again.resumed());
        REQUIRE(s.arrived.back()->stream.from().certificate != nullptr);
        CHECK(s.arrived.back()->stream.from().certificate->subject == "CN=alice");
        SSL_SESSION_free(asking.resume);
    }

    options.client = client_certificates::optional;
    tls_station o(options);
    tls_peer_options open;
    tls_peer anonymous = o.client(open);
    CHECK(o.shakes_hands(anonymous));
    CHECK(o.echoes(anonymous, "x"));
    CHECK(o.arrived.back()->stream.from().certificate == nullptr);
    open.certificate = strangers.issue("mallory");
    tls_peer unverified = o.client(open);
    CHECK(o.shakes_hands(unverified));
    CHECK(o.echoes(unverified, "x"));
    REQUIRE(o.arrived.back()->stream.from().certificate != nullptr);
    CHECK_FALSE(o.arrived.back()->stream.from().certificate->verified);
}

TEST_CASE("certificates are replaced while connections go on") {
    const auto folder = std::filesystem::temp_directory_path() / ("kedge-tls-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder);
    const auto put = [&](const tls_certificate& certificate) {
        std::ofstream(folder / "chain.pem") << certificate.chain;
        std::ofstream(folder / "key.pem") << certificate.key;
    };
    put(test_authority().issue("old.example"));
    tls_options options;
    options.certificate.chain_file = folder / "chain.pem";
    options.certificate.key_file = folder / "key.pem";
    tls_station s(options);
    tls_peer before = s.client();
    REQUIRE(s.shakes_hands(before));
    CHECK(before.server_certificate() == "old.example");
    tls_peer half = s.client();  // has begun when the files change
    half.turn();
    s.settle();

    put(test_authority().issue("new.example"));
    s.context->reload();
    CHECK(s.shakes_hands(half));
    tls_peer after = s.client();
    REQUIRE(s.shakes_hands(after));
    CHECK(after.server_certificate() == "new.example");
    CHECK(s.echoes(before, "still here"));
    CHECK(s.echoes(half, "me too"));

    std::ofstream(folder / "key.pem") << "nonsense";
    CHECK_THROWS_AS(s.context->reload(), std::runtime_error);
    tls_peer later = s.client();
    REQUIRE(s.shakes_hands(later));
    CHECK(later.server_certificate() == "new.example");
    std::filesystem::remove_all(folder);
}

TEST_CASE("a bad configuration is refused in words that help") {
    CHECK(says(error_of({}), "no certificate chain was given"));
    tls_options options = basic();
    options.certificate.chain_file = "/no/such/file.pem";
    CHECK(says(error_of(options), "cannot read the certificate chain file /no/such/file.pem"));
    options = basic();
    options.certificate.chain = "nonsense";
    CHECK(says(error_of(options), "holds no certificate"));
    options = basic();
    options.certificate.key = test_authority().issue("other").key;
    CHECK(says(error_of(options), "does not belong to the certificate"));
    options = basic();
    options.certificate = test_authority().issue("secret", "password");
    CHECK(error_of(options).empty());
    options.certificate.password = "wrong";
    CHECK(says(error_of(options), "password"));
    options.certificate.password = "";
    CHECK(says(error_of(options), "password"));
    options = basic();
    options.ciphers = "NO-SUCH-CIPHER";
    CHECK(says(error_of(options), "NO-SUCH-CIPHER"));
    options = basic();
    options.client = client_certificates::required;
    CHECK(says(error_of(options), "no client CA was given"));
    options.client_ca = "nonsense";
    CHECK(says(error_of(options), "client CA"));
}

TEST_CASE("old versions are refused by default and admitted by the option") {
    tls_peer_options old;
    old.highest = TLS1_1_VERSION;
    old.weak = true;
    tls_station s;
    tls_peer refused = s.client(old);
    CHECK_FALSE(s.shakes_hands(refused));
    tls_options options = basic();
    options.minimum = tls_version::v1_0;
    tls_station weak(options);
    tls_peer admitted = weak.client(old);
    CHECK(weak.shakes_hands(admitted));
    CHECK(admitted.version() == "TLSv1.1");
    CHECK(weak.echoes(admitted, "2006"));
    tls_peer modern = weak.client();
    CHECK(weak.shakes_hands(modern));
    CHECK(modern.version() == "TLSv1.3");
}

TEST_CASE("who does not speak TLS is told so by an alert, and the owner hears only the end") {
    tls_station s;
    s.react_end = [&](recorder& self) {
        self.stream.close();
        s.bury(&self);
    };
    peer plain(s.port());
    plain.send(std::string("\x16\x03\x01\x00\x05hello", 10));
    CHECK(s.until([&] { return plain.read().ended(); }));
    CHECK(plain.got().substr(0, 2) == "\x15\x03");
    CHECK(s.worker().counters().tls_failures.value() == 1);
    CHECK(s.worker().connections() == 0);

    peer silent(s.port());
    s.settle();
    silent.close();
    CHECK(s.until([&] { return s.arrived.size() == 2 && s.worker().connections() == 0; }));
}

TEST_CASE("both sides close in an orderly way") {
    tls_station s;
    tls_peer client = s.client();
    REQUIRE(s.shakes_hands(client));
    s.until([&] { return s.worker().counters().tls_handshakes.value() == 1; });
    recorder* server = s.arrived[0];
    s.worker().post([&] {
        server->stream.write("bye");
        server->stream.close();
        s.bury(server);
    });
    CHECK(s.until([&] { return client.turn().socket().ended(); }));
    CHECK(client.got() == "bye");
    CHECK(client.notified());

    tls_peer other = s.client();
    REQUIRE(s.shakes_hands(other));
    REQUIRE(s.echoes(other, "x"));
    server = s.arrived[1];
    server->stream.pause();
    other.shut_down();
    other.socket().half_close();
    CHECK(s.until([&] { return server->ends == 1; }));  // although it is paused
}

TEST_CASE("a broken record ends the connection, and only that one") {
    tls_station s;
    tls_peer client = s.client();
    tls_peer witness = s.client();
    REQUIRE(s.shakes_hands(client));
    REQUIRE(s.shakes_hands(witness));
    REQUIRE(s.echoes(client, "x"));
    client.socket().send(std::string("\x17\x03\x03\x00\x20", 5) + std::string(32, 'x'));
    CHECK(s.until([&] { return s.worker().counters().tls_failures.value() == 1; }));
    CHECK(s.arrived[0]->ends + s.arrived[1]->ends == 1);
    CHECK(s.echoes(witness, "alive"));
}

TEST_CASE("TLS may begin behind plain bytes, with bytes of the handshake already read") {
    tls_station s;
    const auto context = s.context;
    std::unique_ptr<recorder> sealed;
    station plain;
    plain.react = [&](recorder& self, std::string_view bytes) {
        const std::size_t end = bytes.find('\n');
        auto moved = self.stream.release(bytes.substr(end + 1));
        start_tls(moved, context);
        sealed = std::make_unique<recorder>(plain.worker(), std::move(moved));
        sealed->react = echo;
        plain.bury(&self);
    };
    peer socket(plain.port());
    socket.send("PROXY line\n");
    tls_peer client(std::move(socket));
    client.turn();  // the first flight follows in the same read
    CHECK(plain.until([&] { return client.turn().ready(); }));
    client.write("hello");
    CHECK(plain.until([&] { return client.turn().got() == "hello"; }));
    CHECK(sealed->stream.from().secure);
    sealed.reset();
}

TEST_CASE("a storm of handshakes does not starve open connections") {
    tls_station s;
    tls_peer witness = s.client();
    REQUIRE(s.shakes_hands(witness));
    REQUIRE(s.echoes(witness, "x"));
    std::vector<tls_peer> storm;
    for (int i = 0; i < 60; ++i) storm.push_back(s.client());
    REQUIRE(s.until([&] { return s.arrived.size() == 61; }));
    for (auto& each : storm) each.turn();
    witness.forget();
    witness.write("in between");
    const auto& done = s.worker().counters().bytes_out;
    CHECK(s.until([&] { return witness.turn().got() == "in between"; }));
    CHECK(done.value() < 30 * 1000);  // about half of them would have been answered at most
    for (auto& each : storm) CHECK(s.shakes_hands(each));
}

TEST_CASE("release: an idle TLS connection costs at most 16 KiB of heap more than a plain one") {
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    constexpr std::size_t count = 300;
    const auto heap = [] { return ::mallinfo2().uordblks + ::mallinfo2().hblkhd; };
    std::vector<peer> idle;
    idle.reserve(3 * count);
    // What the allocator keeps for threads counts as used: it is filled before, and shared by many.
    const auto bytes_for_each = [&](station& s, auto connect) {
        s.arrived.reserve(2 * count);
        for (std::size_t i = 0; i < 50; ++i) idle.push_back(connect());
        const auto before = heap();
        for (std::size_t i = 0; i < count; ++i) idle.push_back(connect());
        return (heap() - before) / count;
    };
    station plain;
    const auto of_plain = bytes_for_each(plain, [&] {
        peer client(plain.port());
        const std::size_t arrived = plain.arrived.size();
        REQUIRE(plain.until([&] { return plain.arrived.size() > arrived; }));
        return client;
    });
    tls_station sealed;
    const auto of_sealed = bytes_for_each(sealed, [&] {
        tls_peer client = sealed.client();
        REQUIRE(sealed.shakes_hands(client));
        REQUIRE(sealed.echoes(client, "x"));
        return client.leave();
    });
    MESSAGE("bytes of heap per idle connection, plain: " << of_plain << ", TLS: " << of_sealed);
    CHECK(of_sealed - of_plain < 16 * 1024);
#endif
}

TEST_CASE("mt: TLS connections move between workers in the middle of a conversation") {
    constexpr int clients = 12;
    constexpr int rounds = 40;
    const auto tls = std::make_shared<tls_context>(basic());
    wandering_workers on(4, tls);

    const auto deadline = std::chrono::steady_clock::now() + 30s;
    const auto in_time = [&] { return std::chrono::steady_clock::now() < deadline; };
    std::vector<tls_peer> peers;
    for (int i = 0; i < clients; ++i) peers.emplace_back(peer(on.port()));
    for (auto& each : peers)
        while (!each.turn().ready() && in_time()) std::this_thread::yield();
    std::string expected;
    for (int round = 0; round < rounds; ++round) {
        const std::string text = "m" + std::to_string(round) + (round % 3 == 0 ? ">x>" : ";");
        expected += text;
        for (auto& each : peers) each.write(text);
        if (round == rounds / 2) tls->reload(basic("reloaded.example"));
    }
    for (auto& each : peers) {
        while (each.turn().got().size() < expected.size() && in_time()) std::this_thread::yield();
        CHECK(each.got() == expected);
    }
    peers.clear();
    while (on.connections() > 0 && in_time()) std::this_thread::yield();
    CHECK(on.connections() == 0);
}

}  // namespace tls_test
