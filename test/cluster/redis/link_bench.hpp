#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <kedge/cluster/redis/redis_link.hpp>

#include <test/cluster/redis/scripted_wire.hpp>
#include <test/engine/fake_loop.hpp>

namespace kedge::testing {

struct listening_user final : cluster::link_user {
    int ready = 0;
    int down = 0;
    std::vector<std::string> pushed;
    std::vector<std::string> troubles;

    void on_ready() override { ++ready; }
    void on_down() override { ++down; }
    void on_push(cluster::resp_value what) override { pushed.emplace_back(what[0].text()); }
    void on_trouble(std::string_view what, std::string_view why) override {
        troubles.push_back(std::string(what) + ": " + std::string(why));
    }
};

/// A link on a network, a clock and a chance that the test holds in its hands.
struct link_bench {
    explicit link_bench(cluster::link_options options = {})
        : it(loop, net, chance, std::move(options), user) {}

    void greet() {
        it.start();
        it.on_connected();
        greeted();
        net.take();
    }
    /// Redis answers HELLO, and that it is there.
    void greeted() {
        it.on_bytes("%1\r\n+server\r\n+redis\r\n");
        net.take();
        it.on_bytes("+PONG\r\n");
    }
    auto remember() {
        return [this](cluster::resp_value reply) {
            answers.push_back((reply.is_error() ? "-" : "") + (reply.kind() == cluster::resp_kind::integer
                                                                   ? std::to_string(reply.integer())
                                                                   : std::string(reply.text())));
        };
    }

    fake_loop loop;
    scripted_wire net;
    fixed_random chance;
    listening_user user;
    std::vector<std::string> answers;
    cluster::redis_link it;
};

}  // namespace kedge::testing
