// Binary both ways: a client uploads a file piece by piece,
//     const id = await socket.emitWithAck("begin", "cat.png", file.size);
//     await socket.emitWithAck("piece", id, await file.slice(at, at + 65536).arrayBuffer());
// and everybody gets it when it is complete.
//
//     example_binary_upload [--port N]

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <kedge/server.hpp>

#include "../switches.hpp"

namespace {

constexpr std::size_t largest = 10'000'000;

struct upload {
    std::string name;
    std::size_t size = 0;
    std::vector<std::byte> content;
};

void receive_files(const kedge::socket& socket) {
    struct uploads {
        std::map<int, upload> open;
        int last = 0;
    };
    const auto mine = std::make_shared<uploads>();
    socket.on("begin", [mine](std::string name, std::uint64_t size, kedge::ack answer) {
        if (size > largest || mine->open.size() == 3) return answer(nullptr);
        mine->open[++mine->last] = {std::move(name), size, {}};
        answer(mine->last);
    });
    socket.on("piece", [mine, socket](int id, std::span<const std::byte> piece, kedge::ack answer) {
        const auto found = mine->open.find(id);
        if (found == mine->open.end()) return answer("no such upload");
        auto& file = found->second;
        if (file.content.size() + piece.size() > file.size) return answer("more than was said");
        file.content.insert(file.content.end(), piece.begin(), piece.end());
        answer(file.content.size());
        if (file.content.size() < file.size) return;
        socket.broadcast().emit("file", file.name, kedge::binary(file.content));
        mine->open.erase(found);
    });
}

}  // namespace

int main(int count, char** arguments) {
    kedge::server io(
        {.port = example::switches(count, arguments).port(), .max_http_buffer_size = largest + 1000});
    io.on_connection(receive_files);
    io.close_on_signals();
    example::say_where(io.port());
    io.run();
}
