#include "nodes.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string_view>

#include <kedge/cluster.hpp>
#include <kedge/routes.hpp>

namespace chat {
namespace {

/// "stop 2" or "start 2".
bool is_wish(std::string_view text) {
    const auto space = text.find(' ');
    const std::string_view verb = text.substr(0, space);
    const std::string_view node = space == text.npos ? "" : text.substr(space + 1);
    const auto is_digit = [](char each) { return each >= '0' && each <= '9'; };
    return (verb == "stop" || verb == "start") && !node.empty() && node.size() <= 3 &&
           std::all_of(node.begin(), node.end(), is_digit);
}

/// The script reads the pipe; when it does not, the wish is not heard.
bool hand_on(const std::string& folder, std::string wish) {
    const int pipe = ::open((folder + "/wishes").c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    if (pipe < 0) return false;
    wish += '\n';
    const bool written = ::write(pipe, wish.data(), wish.size()) == static_cast<ssize_t>(wish.size());
    ::close(pipe);
    return written;
}

void answer(const kedge::transports::exchange& asked, const std::string& folder) {
    const auto& request = asked.request();
    if (request.method() == "GET") {
        std::ifstream file(folder + "/nodes.json");
        kedge::transports::header_list headers;
        headers.set("Content-Type", "application/json");
        headers.set("Cache-Control", "no-store");
        return asked.reply(200, headers, {std::istreambuf_iterator<char>(file), {}});
    }
    // A header of its own: pages of other sites cannot send it.
    if (request.method() != "POST" || !request.find("x-nodes") || !is_wish(asked.body()))
        return asked.reply(400);
    asked.reply(hand_on(folder, std::string(asked.body())) ? 204 : 503);
}

}  // namespace

void join_nodes(kedge::server& io, const membership& of) {
    kedge::redis_streams_adapter_options fleet;
    fleet.url = of.redis;
    io.use_adapter(kedge::redis_streams_adapter(fleet));
    kedge::join_fleet(
        io, {.url = of.redis, .address = "127.0.0.1:0", .secret = "a demo's on one machine, and no secret"});
    io.on_connection([node = of.node](const kedge::socket& socket) { socket.emit("served by", node); });
}

void serve_nodes(kedge::transports::routes& site, const membership& of) {
    site.at("/nodes",
            [folder = of.folder](const kedge::transports::exchange& asked) { answer(asked, folder); });
}

}  // namespace chat
