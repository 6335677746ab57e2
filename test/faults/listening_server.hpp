#pragma once

#include <cerrno>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>

#include <kedge/server.hpp>

#include <test/faults/failing_calls.hpp>
#include <test/faults/trial.hpp>
#include <test/transports/sockets.hpp>

namespace kedge::test {

/// Ways in which a call may end. `passes`: nobody hears of it.
struct ending {
    system_call call;
    std::vector<int> errors;
    bool passes;
};

/// What the system may say of connections that are there.
inline std::vector<ending> all_endings() {
    const std::vector<int> of_moment{EINTR, EAGAIN, short_by_all_but_one};
    const std::vector<int> of_reading{ECONNRESET,   ECONNREFUSED, ETIMEDOUT, EPIPE, ENOTCONN,
                                      EHOSTUNREACH, ENETDOWN,     ENOBUFS,   ENOMEM};
    const std::vector<int> of_writing{EPIPE,        ECONNRESET,  ETIMEDOUT, ENOTCONN, ENOBUFS,
                                      EHOSTUNREACH, ENETUNREACH, ENETDOWN,  ENOMEM};
    const std::vector<int> of_accepting{EINTR,      EAGAIN,   ECONNABORTED, EPERM,  EPROTO,      ENOPROTOOPT,
                                        EOPNOTSUPP, ENETDOWN, EMFILE,       ENFILE, ENETUNREACH, EHOSTUNREACH,
                                        EHOSTDOWN,  ENOBUFS,  ENOMEM,       ENONET, ETIMEDOUT};
    return {{system_call::accept, of_accepting, true},
            {system_call::recv, of_moment, true},
            {system_call::recv, of_reading, false},
            {system_call::send, of_moment, true},
            {system_call::send, of_writing, false},
            {system_call::sendmsg, of_moment, true},
            {system_call::sendmsg, of_writing, false},
            {system_call::shutdown, {ENOTCONN, ENOBUFS}, true},
            {system_call::close, {EINTR, EIO}, true},
            {system_call::setsockopt, {ENOBUFS}, true},
            {system_call::epoll_wait, {EINTR}, true},
            {system_call::epoll_add, {ENOMEM, ENOSPC}, false},
            {system_call::epoll_change, {ENOMEM, ENOENT}, false}};
}

/// A server that listens on a UNIX socket, and says what it is asked to.
struct listening_server {
    explicit listening_server(std::shared_ptr<transports::tls_context> tls = {}) : io(context, options()) {
        for (const nsp& each : {io.of("/"), io.of("/quiet")})
            each.on_connection([each](const kedge::socket& one) { talk(each, one); });
        transports::listen_address where;
        where.path = path;
        io.listen(where, std::move(tls));
    }
    static server_options options() {
        server_options given;
        given.log = [](const log_record&) {};
        return given;
    }
    static void talk(const nsp& all, const kedge::socket& one) {
        one.on("echo", [](const value& said) { return said; });
        one.on("much", [](int size) { return std::string(static_cast<std::size_t>(size), 'm'); });
        one.on("all",
               [all](int size) { all.emit("told", std::string(static_cast<std::size_t>(size), 't')); });
        one.on("bytes", [one](const std::vector<std::byte>& data) { one.emit("bytes", binary(data)); });
        one.on("bye", [one] { one.disconnect(true); });
    }

    const transports::kernel_override kernel{failing_kernel()};
    const scratch_folder folder;
    const std::string path = folder / "socket";
    boost::asio::io_context context;
    server io;
};

inline std::string without(std::string_view before, char end, std::string text) {
    for (std::size_t at = text.find(before); at != std::string::npos; at = text.find(before, at + 1)) {
        const std::size_t begin = at + before.size();
        text.erase(begin, text.find(end, begin) - begin);
    }
    return text;
}
/// What was heard, without what differs each time.
inline std::string comparable(std::string heard) {
    return without("\"sid\":\"", '"', without("Date: ", '\r', std::move(heard)));
}

inline trial::terms terms_of(listening_server& made) {
    const auto look = [&made] {
        REQUIRE(made.io.sockets().empty());
        REQUIRE(made.io.room_list().empty());
        REQUIRE(made.io.of("/quiet").sockets().size() == 1);
    };
    return {.target = "/socket.io/?EIO=4&transport=websocket",
            .entry = "40/quiet,",
            .lives = &fault_witness::is_acknowledged,
            .patience = std::chrono::minutes{1},
            .look = look};
}

}  // namespace kedge::test
