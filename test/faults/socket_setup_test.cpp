// What makes sockets fails: who listens, who dials, who hands a connection over, and who accepts when there
// is nothing left to accept with.
#include <cerrno>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <doctest/doctest.h>

#include <kedge/transports/net/dialer.hpp>
#include <kedge/transports/server/engine_server.hpp>

#include <test/faults/failing_calls.hpp>
#include <test/faults/fault_stage.hpp>
#include <test/transports/loopback.hpp>
#include <test/transports/sockets.hpp>

namespace socket_setup_test {

namespace {

using namespace kedge;
using namespace kedge::test;

constexpr std::string_view websocket = "/engine.io/?EIO=4&transport=websocket";

struct ending {
    system_call call;
    std::vector<int> errors;
};

/// Does it with each of these calls failing in each way, each time that it is made.
template <class Do>
void fail_each(const std::vector<ending>& all, Do&& act) {
    for (const ending& each : all) {
        CAPTURE(static_cast<int>(each.call));
        for (const int error : each.errors) {
            CAPTURE(error);
            for (std::uint64_t nth = 1, reached = 1; reached >= nth; ++nth) {
                CAPTURE(nth);
                const failing_calls armed(each.call, nth, error, failing::once);
                act();
                reached = failing_calls::count(each.call);
            }
        }
    }
}

const std::vector<ending> of_setup{
    {system_call::epoll_create, {EMFILE, ENFILE, ENOMEM}},
    {system_call::socket, {EMFILE, ENFILE, ENOBUFS, ENOMEM, EACCES, EAFNOSUPPORT}},
    {system_call::fcntl, {EINTR, EBADF}},
    {system_call::setsockopt, {ENOBUFS, ENOMEM, ENOPROTOOPT}},
    {system_call::bind, {EADDRINUSE, EACCES, EADDRNOTAVAIL, ENOMEM}},
    {system_call::listen, {EADDRINUSE, EOPNOTSUPP}},
    {system_call::connect, {EAGAIN, ENOENT, EPROTOTYPE}},
    {system_call::getsockname, {ENOBUFS}},
    {system_call::open, {EMFILE, ENFILE, ENOMEM, ENOENT}},
    {system_call::epoll_add, {ENOMEM, ENOSPC}},
};

struct echo_server {
    echo_server() : server(context, quiet()) {
        server.on_connection([](transports::session opened) {
            opened.on_message([opened](const transports::received_message& message, const engine::request*) {
                opened.send(message.data, [] {});
            });
        });
    }
    static transports::server_options quiet() {
        transports::server_options given;
        given.log = [](const log_record&) {};
        return given;
    }

    boost::asio::io_context context;
    transports::engine_server server;
};

/// Whether a client is served there.
bool serves(echo_server& at, const std::string& path) {
    fault_stage on(at.context, at.server);
    on.enter_by(path);
    fault_witness client(on, websocket);
    return client.opened() && client.lives();
}

void expect_served(const transports::listen_address& where) {
    std::optional<echo_server> made;
    {
        const exposed here;
        try {
            made.emplace();
            made->server.listen(where);
        } catch (const std::system_error& refused) {
            CHECK(std::string_view(refused.what()).size() > 10);
            return;
        }
    }
    if (!where.path.empty()) CHECK(serves(*made, where.path));
    if (where.path.empty()) CHECK(made->server.port() != 0);
}

}  // namespace

TEST_CASE("a server that cannot listen says so, and one that can is reached") {
    const transports::kernel_override table(failing_kernel());
    const scratch_folder folder;
    const std::size_t descriptors = open_descriptors();
    transports::listen_address unix_socket;
    unix_socket.path = folder / "socket";
    for (const transports::listen_address& where : {unix_socket, loopback()})
        fail_each(of_setup, [&] {
            expect_served(where);
            REQUIRE(open_descriptors() == descriptors);
        });
}

TEST_CASE("who dials is told what came of it, once, whatever fails") {
    const transports::kernel_override table(failing_kernel());
    station s;
    s.react = [](recorder& self, std::string_view bytes) { self.stream.write(bytes); };
    const std::size_t descriptors = open_descriptors();
    fail_each({{system_call::socket, {EMFILE, ENFILE, ENOBUFS, ENOMEM}},
               {system_call::fcntl, {EINTR, EBADF}},
               {system_call::setsockopt, {ENOBUFS, ENOMEM}},
               {system_call::connect,
                {EAGAIN, ECONNREFUSED, ETIMEDOUT, ENETUNREACH, EHOSTUNREACH, EADDRNOTAVAIL, EACCES, EPERM,
                 ENOBUFS}},
               {system_call::getsockopt, {ENOBUFS, EBADF}},
               {system_call::getpeername, {ENOTCONN, ENOBUFS}},
               {system_call::epoll_add, {ENOMEM, ENOSPC}}},
              [&] {
                  int told = 0;
                  bool connected = false;
                  std::string why;
                  std::unique_ptr<recorder> ours;
                  transports::dialer dial(s.worker());
                  const exposed here;
                  dial.dial({.host = "127.0.0.1", .port = s.port()},
                            [&](transports::detached_stream made, std::string reason) {
                                ++told;
                                why = std::move(reason);
                                connected = made.descriptor >= 0;
                                if (!connected) return;
                                ours = std::make_unique<recorder>(s.worker(), std::move(made));
                                ours->stream.write("hello");
                            });
                  REQUIRE(s.until([&] { return told > 0; }));
                  CHECK(told == 1);
                  CHECK(why.empty() == connected);
                  if (ours) CHECK(s.until([&] { return ours->got == "hello" || ours->ends > 0; }));
                  if (ours) ours->stream.abort();
                  for (recorder* each : s.arrived) s.bury(each);
                  s.arrived.clear();
                  ours.reset();
                  REQUIRE(s.until([&] { return open_descriptors() == descriptors; }));
              });
}

TEST_CASE("a connection that was handed over and is none throws at who did it") {
    const transports::kernel_override table(failing_kernel());
    const std::size_t descriptors = open_descriptors();
    fail_each({{system_call::fcntl, {EBADF, EINTR}},
               {system_call::setsockopt, {ENOBUFS}},
               {system_call::getpeername, {ENOTCONN, ENOBUFS}}},
              [&] {
                  {
                      const exposed here;
                      try {
                          connected_pair();
                      } catch (const std::system_error& refused) {
                          CHECK(refused.code().category() == std::system_category());
                      }
                  }
                  REQUIRE(open_descriptors() == descriptors);
              });
}

TEST_CASE("while nothing can be accepted who is there is served, and who waited is when it can again") {
    for (const int error : {EMFILE, ENFILE, ENOBUFS, ENOMEM}) {
        CAPTURE(error);
        const transports::kernel_override table(failing_kernel());
        const scratch_folder folder;
        transports::listen_address where;
        where.path = folder / "socket";
        echo_server made;
        made.server.listen(where);
        fault_stage on(made.context, made.server);
        on.enter_by(where.path);
        fault_witness watching(on, websocket);
        REQUIRE(watching.lives());
        far_end waits;
        {
            const failing_calls none(system_call::accept, 1, error, failing::from_then_on);
            waits = on.connect();
            CHECK(on.ask(waits, upgrade(websocket)).empty());
            watching.wait(std::chrono::seconds(60));
            CHECK(watching.lives());
            CHECK(failing_calls::count(system_call::accept) > 5);
        }
        on.pass(std::chrono::milliseconds(200));
        CHECK(on.hear(waits).find("sid") != std::string::npos);
        CHECK(fault_witness(on, websocket).lives());
        CHECK(watching.lives());
    }
}

}  // namespace socket_setup_test
