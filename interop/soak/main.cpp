// The server of script/soak, and of the tests that maltreat a server and then look whether anything has
// stayed behind. It numbers and checks what clients send, and tells at /stats what it holds.
//
//     soak_server [--port N] [--threads N] [--keep-alive MILLISECONDS] [--parser msgpack]
//
// Every other path answers what was read of the request: method, target, body and what its header X-Passed
// says, as JSON; /seen tells this of all requests since it was asked last.

#include <atomic>
#include <charconv>
#include <cstdio>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include <kedge/engine_server.hpp>
#include <kedge/msgpack.hpp>
#include <kedge/pattern.hpp>
#include <kedge/server.hpp>

#include "book.hpp"

using namespace std::chrono_literals;
using kedge::ack;
using kedge::ack_error;
using kedge::arguments;
using kedge::value;
using soak::book;

namespace {

std::vector<std::string> texts(const value& from) {
    if (from.is_string()) return {std::string(from.as_string())};
    return from.to<std::vector<std::string>>().value_or(std::vector<std::string>());
}

/// Events of a client are numbered from 1: whatever else comes was lost, doubled or out of order.
void count(const kedge::socket& socket, book& books, const std::shared_ptr<soak::presence>& here) {
    socket.on("count", [&books, here, id = socket.id()](const arguments& all, ack answer) {
        const auto number = all[0].as_integer();
        if (number != ++here->counted)
            books.fault(id + ": event " + std::to_string(number) + " where " + std::to_string(here->counted) +
                        " was due");
        here->counted = number;
        books.counted.fetch_add(1, std::memory_order_relaxed);
        answer(number);
    });
    socket.on("fence", [here](ack answer) { answer(here->counted); });
}

void talk(const kedge::socket& socket) {
    socket.on("echo", [socket](const arguments& all) { socket.emit("echoed", all); });
    socket.on("flood", [socket](int count, std::size_t size) {
        const std::string text(size, 'f');
        for (int i = 1; i <= count; ++i) socket.emit("flooded", i, text);
    });
    socket.on("ask", [socket](int number, ack answer) {
        socket.timeout(20s).emit("asked", number, [answer](ack_error error, std::int64_t said) {
            answer(error ? std::int64_t{-1} : said);
        });
    });
    socket.on("leave-me", [socket](bool close) { socket.disconnect(close); });
}

void gather(const kedge::socket& socket) {
    socket.on("join", [socket](value rooms, ack answer) {
        socket.join(texts(rooms));
        answer();
    });
    socket.on("leave", [socket](std::string room, ack answer) {
        socket.leave(room);
        answer();
    });
    socket.on("say", [socket](std::string room, std::int64_t number, std::string text) {
        socket.nsp().to(room).emit("said", socket.id(), number, text);
    });
}

/// Ticks are volatile: some may be missing, none comes twice or late.
void tick(const kedge::socket& socket, const std::shared_ptr<soak::presence>& here, int number = 1) {
    socket.volatile_().emit("tick", number);
    socket.after(40ms, [socket, here, number] { tick(socket, here, number + 1); });
}

void serve(const kedge::nsp& nsp, book& books) {
    nsp.on_connection([&books](const kedge::socket& socket) {
        const auto here = std::make_shared<soak::presence>(books);
        count(socket, books, here);
        talk(socket);
        gather(socket);
        tick(socket, here);
    });
}

/// One emitter, so that all hear it in one order; those who recover have to hear it without a gap.
void tell_the_news(kedge::server& io, book& books, int number = 1) {
    if (io.closing()) return;
    const bool heard = books.present.load(std::memory_order_relaxed) > 0;
    if (heard) io.emit("news", number);
    io.after(50ms, [&io, &books, number, heard] { tell_the_news(io, books, heard ? number + 1 : number); });
}

void serve_pages(kedge::server& io, book& books) {
    io.engine().on_request([&io, &books](const kedge::transports::exchange& asked) {
        const auto& request = asked.request();
        kedge::transports::header_list headers;
        headers.add("Content-Type", "application/json");
        if (request.target() == "/stats")
            return asked.reply(200, headers, books.figures(io.stats()).to_json());
        if (request.target() == "/seen") return asked.reply(200, headers, books.take_seen().to_json());
        const auto told = value::object({{"method", std::string(request.method())},
                                         {"target", std::string(request.target())},
                                         {"passed", request.header("x-passed").value_or("")},
                                         {"body", std::string(asked.body())}});
        books.see(told);
        asked.reply(200, headers, told.to_json());
    });
}

kedge::server_options options_of(int count, char** given) {
    kedge::server_options chosen{.port = 0, .host = "127.0.0.1"};
    chosen.keep_alive_timeout = 5s;
    for (int i = 1; i + 1 < count; i += 2) {
        const std::string_view name = given[i];
        const std::string_view text = given[i + 1];
        unsigned number = 0;
        std::from_chars(text.data(), text.data() + text.size(), number);
        if (name == "--port") chosen.port = static_cast<std::uint16_t>(number);
        if (name == "--threads") chosen.threads = number;
        if (name == "--keep-alive") chosen.keep_alive_timeout = std::chrono::milliseconds(number);
        if (name == "--parser" && text == "msgpack") chosen.parser = kedge::msgpack_parser();
    }
    return chosen;
}

/// Patience is short, so that a run of seconds sees its end; a busy machine must not.
kedge::server_options impatient(kedge::server_options chosen) {
    chosen.allow_eio3 = true;
    chosen.ping_interval = 2s;
    chosen.ping_timeout = 12s;
    chosen.upgrade_timeout = 8s;
    chosen.connect_timeout = 8s;
    chosen.close_timeout = 2s;
    chosen.close_frame_timeout = 2s;
    chosen.first_byte_timeout = 5s;
    chosen.headers_timeout = 5s;
    chosen.request_timeout = 10s;
    chosen.max_buffered_bytes = std::size_t{4} << 20;
    chosen.per_message_deflate = kedge::ws_deflate_options{};
    chosen.cleanup_empty_child_namespaces = true;
    chosen.connection_state_recovery = kedge::recovery_options{.max_disconnection_duration = 4s};
    return chosen;
}

}  // namespace

int main(int argc, char** argv) try {
    book books;
    kedge::server io(impatient(options_of(argc, argv)));
    io.on_room_events(books.room_hooks());
    io.on_new_namespace([&books](const kedge::nsp& made) { made.on_room_events(books.room_hooks()); });
    for (const char* name : {"/", "/slow"}) serve(io.of(name), books);
    serve(io.of(kedge::pattern("^/d-[0-9]{1,4}$")), books);
    io.of("/slow").use([&io](const kedge::socket&, const kedge::next& next) { io.after(20ms, next); });
    serve_pages(io, books);
    tell_the_news(io, books);
    io.close_on_signals({.grace = 500ms});
    std::printf("listening on http://127.0.0.1:%u\n", unsigned{io.port()});
    std::fflush(stdout);
    io.run();
} catch (const std::exception& problem) {
    std::fprintf(stderr, "%s\n", problem.what());
    return 1;
}
