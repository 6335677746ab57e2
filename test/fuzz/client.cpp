// A whole client: bytes in, any order of packets, with a program above that answers, asks, joins, refuses and
// leaves.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include <kedge/socketio/face/pattern.hpp>
#include <test/socketio/world.hpp>

using namespace kedge;
using namespace kedge::testing;

namespace {

void listen(const socket& here) {
    here.on("add", [](int a, std::optional<double> b) { return a + b.value_or(1); });
    here.on("text", [](std::string_view text, const ack& answer) { answer(text.size()); });
    here.on("bytes", [here](const std::vector<std::byte>& bytes) { here.emit("bytes", bytes); });
    here.on("all", [here](const arguments& all) { here.emit("all", all, [](const std::string&) {}); });
    here.on("join", [here](const std::string& room) {
        here.join(room);
        here.to(room).emit("joined", room);
        return here.rooms();
    });
    here.on("leave", [here](const std::string& room) { here.leave(room); });
    here.on("bye", [here](bool close) { here.disconnect(close); });
    here.on("throw", [] { throw 1; });
    here.on_any([](std::string_view, const arguments&) {});
    here.use([](event& what, const next& go_on) {
        what.name == "refused" ? go_on(connect_error("no")) : go_on();
    });
    here.on_disconnecting([here](disconnect_reason) { here.broadcast().emit("left", here.rooms()); });
}

/// The program above: two namespaces let everybody in, one decides when the input says so, one refuses, and
/// some are made on demand.
void serve(world& all, std::vector<next>& waiting) {
    for (const char* name : {"/", "/a"}) all.of(name).on_connection(listen);
    all.of("/slow").use([&waiting](const socket&, const next& go_on) { waiting.push_back(go_on); });
    all.of("/slow").on_connection(listen);
    all.of("/no").use([](const socket&, const next& go_on) { go_on(connect_error("no", 1)); });
    const nsp parent(
        all.above->add_parent([](const std::string& name, const value& auth, const verdict& answer) {
            answer(name.size() < 5 && !auth["x"].as_boolean());
        }));
    parent.on_connection(listen);
}

void receive(world& all, peer& one, std::string_view line, std::vector<next>& waiting) {
    if (line == "answer" || line == "refuse") {
        auto pending = std::exchange(waiting, {});
        all.loop.turn([&] {
            for (const auto& each : pending) line == "answer" ? each() : each(connect_error("late"));
        });
    } else if (line == "time") {
        all.loop.advance(engine::duration(10'000));
    } else if (!one.record().destroyed && one.transport().owner() != nullptr) {
        one.send(std::string(line));
    }
    all.loop.run_posted();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    world all([](hub_settings& settings) {
        settings.cleanup_empty_child_namespaces = true;
        settings.max_namespaces_per_client = 8;
    });
    std::vector<next> waiting;
    serve(all, waiting);
    std::string_view input(reinterpret_cast<const char*>(data), size);
    const bool old = input.starts_with("3\n");
    auto one = all.open(old ? engine::revision::v3 : engine::revision::v4);
    while (!input.empty()) {
        const auto end = input.find('\n');
        receive(all, one, input.substr(0, end), waiting);
        input = end == std::string_view::npos ? std::string_view() : input.substr(end + 1);
    }
    one.vanish();
    if (all.sessions->size() != 0) std::abort();
    for (const auto& each : all.above->all())
        if (!nsp(each).sockets().empty() || !nsp(each).room_list().empty()) std::abort();
    return 0;
}
