// Namespaces that are made when a client asks for them: one per tenant, by pattern, and one per document, by
// a predicate that answers later.
//
//     example_dynamic_namespaces [--port N]

#include <chrono>
#include <exception>
#include <iostream>
#include <map>
#include <string>

#include <kedge/server.hpp>

#include "../switches.hpp"

using namespace std::chrono_literals;

namespace {

/// "/tenant-7", "/tenant-8", …: the same rules and handlers for all, separate sockets and rooms for each.
void serve_tenants(kedge::server& io) {
    auto tenants = io.of(kedge::pattern("^/tenant-\\d+$"));
    tenants.use([](const kedge::socket& socket, const kedge::next& next) {
        if (!socket.handshake().auth["key"].is_string()) return next(kedge::connect_error("a key is needed"));
        next();
    });
    tenants.on_connection([](const kedge::socket& socket) {
        socket.emit("welcome", socket.nsp().name());
        socket.on("say", [socket](std::string text) { socket.nsp().emit("said", text); });
    });
    // What is emitted to the parent reaches the clients of all children.
    io.on_event("announce",
                [tenants](kedge::socket, std::string text) { tenants.emit("announcement", text); });
}

/// "/document/…" exists when the document does, which a database would say some time later.
void serve_documents(kedge::server& io, std::map<std::string, std::string>& texts) {
    auto documents = io.of([&](const std::string& name, const kedge::value&, const kedge::verdict& exists) {
        io.after(20ms, [&texts, name, exists] { exists(texts.contains(name)); });
    });
    documents.on_connection([&texts](const kedge::socket& socket) {
        auto& text = texts[socket.nsp().name()];
        socket.emit("text", text);
        socket.on("append", [socket, &text](std::string more) {
            text += more;
            socket.broadcast().emit("text", text);
            return text.size();
        });
    });
}

}  // namespace

int main(int count, char** arguments) try {
    kedge::server io(
        {.port = example::switches(count, arguments).port(), .cleanup_empty_child_namespaces = true});
    std::map<std::string, std::string> texts{{"/document/poem", "Roses are red. "}};
    io.on_new_namespace([](const kedge::nsp& made) { std::cerr << made.name() << " is new\n"; });
    serve_tenants(io);
    serve_documents(io, texts);
    io.close_on_signals();
    example::say_where(io.port());
    io.run();
} catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
