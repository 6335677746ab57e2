#include <doctest/doctest.h>

#include <unistd.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include <kedge/transports/net/dialer.hpp>
#include <kedge/transports/net/tls.hpp>
#include <kedge/transports/net/tls_client.hpp>
#include <kedge/transports/net/tls_state.hpp>

#include <test/transports/certificates.hpp>
#include <test/transports/loopback.hpp>

namespace dialer_test {

using namespace kedge::transports;
using kedge::test::authority;
using kedge::test::recorder;
using kedge::test::station;

namespace {

/// Dials from a station, and keeps what came of it: a recorder that talks through the stream.
struct caller {
    explicit caller(station& at) : s(at), dial(at.worker()) {}

    void call(const dial_address& whom, const tls_client* tls = nullptr, const std::string& name = {}) {
        why.reset();
        dial.dial(whom, [this, tls, name](detached_stream made, std::string reason) {
            why = std::move(reason);
            if (made.descriptor < 0) return;
            if (tls) tls->start(made, name);
            ours = std::make_unique<recorder>(s.worker(), std::move(made));
            ours->stream.write("hello");
        });
        CHECK_FALSE(why);  // never in this call
    }
    bool answered() {
        return s.until([&] { return why.has_value(); });
    }

    station& s;
    std::optional<std::string> why;
    std::unique_ptr<recorder> ours;
    dialer dial;
};

void echo(recorder& self, std::string_view bytes) {
    self.stream.write(bytes);
}

}  // namespace

TEST_CASE("a dialer connects to addresses, to names, and to UNIX sockets") {
    for (const readiness_source how : {readiness_source::native, readiness_source::async_wait}) {
        station s({}, how);
        s.react = echo;
        for (const char* host : {"127.0.0.1", "localhost"}) {
            caller c(s);
            c.call({.host = host, .port = s.port()});
            CHECK(s.until([&] { return c.ours && c.ours->got == "hello"; }));
            CHECK(c.ours->stream.from().port == s.port());
        }
    }
    const auto path = std::filesystem::temp_directory_path() / ("kedge-dial-" + std::to_string(::getpid()));
    listen_options options;
    options.where.path = path;
    station s(options);
    s.react = echo;
    caller c(s);
    c.call({.path = path});
    CHECK(s.until([&] { return c.ours && c.ours->got == "hello"; }));
}

TEST_CASE("who cannot be reached is told so, in a turn to come") {
    station s;
    std::uint16_t closed_port = 0;
    {
        station gone;
        closed_port = gone.port();
    }
    caller c(s);
    c.call({.host = "127.0.0.1", .port = closed_port});
    REQUIRE(c.answered());
    CHECK(*c.why == "Connection refused");
    CHECK_FALSE(c.dial.dialing());
    c.call({.path = "/nowhere/at/all"});
    REQUIRE(c.answered());
    CHECK(*c.why == "No such file or directory");
    c.call({.path = std::string(500, 'x')});
    REQUIRE(c.answered());
    CHECK(*c.why == "File name too long");
    CHECK(c.ours == nullptr);
}

TEST_CASE("an attempt that is given up tells nobody, and another takes its place") {
    station s;
    s.react = echo;
    caller c(s);
    c.call({.host = "localhost", .port = s.port()});
    c.dial.cancel();
    CHECK_FALSE(c.dial.dialing());
    c.call({.path = "/nowhere"});
    c.call({.host = "127.0.0.1", .port = s.port()});
    CHECK(s.until([&] { return c.ours && c.ours->got == "hello"; }));
    CHECK(c.why->empty());
    std::optional<caller> late(s);
    late->call({.host = "localhost", .port = s.port()});
    late.reset();
    s.settle();
}

TEST_CASE("TLS from this side: the server must show that it is who it is called") {
    const authority trusted;
    listen_options options;
    tls_options shown;
    shown.certificate = trusted.issue("redis.example");
    options.tls = std::make_shared<tls_context>(shown);
    station s(options);
    s.react = echo;
    const dial_address there{.host = "127.0.0.1", .port = s.port()};

    const tls_client right({.ca = trusted.pem()});
    caller good(s);
    good.call(there, &right, "redis.example");
    CHECK(s.until([&] { return good.ours && good.ours->got == "hello"; }));
    good.ours->got.clear();
    good.ours->stream.write(std::string(300'000, 'x'));
    CHECK(s.until([&] { return good.ours->got.size() == 300'000; }));

    const authority stranger("Somebody Else");
    const tls_client wrong_authority({.ca = stranger.pem()});
    const tls_client wrong_name({.ca = trusted.pem(), .server_name = "other.example"});
    for (const tls_client* each : {&wrong_authority, &wrong_name}) {
        caller c(s);
        c.call(there, each, "redis.example");
        CHECK(s.until([&] { return c.ours && c.ours->ends == 1; }));
        CHECK(c.ours->got.empty());
    }

    const tls_client careless({.verify = server_verification::none});
    caller any(s);
    any.call(there, &careless, "whoever");
    CHECK(s.until([&] { return any.ours && any.ours->got == "hello"; }));

    CHECK_THROWS_AS(tls_client({.ca = "nonsense"}), std::runtime_error);
    CHECK_THROWS_AS(tls_client({.ca_file = "/nowhere.pem"}), std::runtime_error);
}

}  // namespace dialer_test
