// The Socket.IO side on several workers at once; run under ThreadSanitizer as well.
#include <algorithm>
#include <atomic>
#include <set>

#include <doctest/doctest.h>

#include <test/socketio/threaded_world.hpp>

namespace threads_test {

using namespace kedge;
using namespace kedge::testing;
using namespace std::chrono_literals;
using kedge::socket;

namespace {

using remote_peer = threaded_world::remote_peer;

std::vector<remote_peer> join_everywhere(threaded_world& all, unsigned each_worker) {
    std::vector<remote_peer> peers;
    for (unsigned worker = 0; worker < all.loops.size(); ++worker)
        for (unsigned i = 0; i < each_worker; ++i) peers.push_back(all.join(worker));
    all.settle();
    return peers;
}

std::size_t count_all(const std::vector<remote_peer>& peers, std::string_view beginning) {
    std::size_t sum = 0;
    for (const auto& each : peers) sum += each.count(beginning);
    return sum;
}

}  // namespace

TEST_CASE("mt: a broadcast from any thread reaches every worker's sockets once") {
    threaded_world all;
    const auto peers = join_everywhere(all, 5);
    const auto io = all.of();
    io.emit("outside");
    all.loops[2]->ask([&] { io.emit("inside", binary("xyz", 3)); });
    std::vector<std::thread> others;
    for (int i = 0; i < 3; ++i)
        others.emplace_back([io] {
            for (int n = 0; n < 20; ++n) io.to({"a", "b"}).except("c").emit("nobody", n);
            for (int n = 0; n < 20; ++n) io.local().emit("many", n);
        });
    for (auto& each : others) each.join();
    all.settle();
    CHECK(count_all(peers, "42[\"outside\"]") == peers.size());
    CHECK(count_all(peers, "451-[\"inside\"") == peers.size());
    CHECK(count_all(peers, "42[\"many\"") == peers.size() * 60);
    CHECK(count_all(peers, "42[\"nobody\"") == 0);
}

TEST_CASE("mt: sockets emit, join, leave and disconnect from foreign threads") {
    threaded_world all;
    std::mutex lock;
    std::vector<socket> sockets;
    all.of().on_connection([&](const socket& one) {
        const std::lock_guard hold(lock);
        sockets.push_back(one);
    });
    const auto peers = join_everywhere(all, 4);
    REQUIRE(sockets.size() == peers.size());
    std::vector<std::thread> others;
    for (std::size_t t = 0; t < 4; ++t)
        others.emplace_back([&, t] {
            for (std::size_t i = t; i < sockets.size(); i += 4) {
                sockets[i].join({"red", "room " + std::to_string(t)});
                sockets[i].emit("hello", i);
                sockets[i].to("red").emit("others");
                sockets[i].leave("red");
            }
        });
    for (auto& each : others) each.join();
    all.settle();
    CHECK(count_all(peers, "42[\"hello\"") == peers.size());
    CHECK(std::get<1>(await(all.of().in("red").fetch_sockets())).empty());
    CHECK(std::get<1>(await(all.of().in("room 1").fetch_sockets())).size() == 4);
    std::thread([&] {
        for (const auto& each : sockets) each.disconnect();
    }).join();
    all.settle();
    CHECK(count_all(peers, "41") == peers.size());
    for (const auto& each : sockets) CHECK_FALSE(each.connected());
}

TEST_CASE("mt: answers are gathered from all workers") {
    threaded_world all;
    const auto peers = join_everywhere(all, 3);
    auto waiting = std::async([&] { return await(all.of().timeout(10s).emit_with_ack("poll")); });
    for (const auto& each : peers)
        while (each.count("420[\"poll\"]") == 0) std::this_thread::yield();
    for (const auto& each : peers) each.send("430[1]");
    const auto [error, answers] = waiting.get();
    CHECK_FALSE(error);
    CHECK(answers.size() == peers.size());
    const auto [none, nothing] = await(all.of().to("nobody").timeout(10s).emit_with_ack("poll"));
    CHECK_FALSE(none);
    CHECK(nothing.empty());
    const auto [late, partial] = await(all.of().timeout(5ms).emit_with_ack("poll"));
    CHECK(late.why() == ack_error::cause::timed_out);
    CHECK(partial.empty());
}

TEST_CASE("mt: questions about all complete while sockets come and go") {
    threaded_world all;
    std::atomic<bool> over = false;
    std::vector<std::thread> crowds;
    for (unsigned worker = 0; worker < 4; ++worker)
        crowds.emplace_back([&, worker] {
            while (!over) {
                const auto one = all.join(worker);
                const auto two = all.join(worker);
                one.vanish();
                two.send("41");
            }
        });
    for (int i = 0; i < 30; ++i) {
        const auto [error, found] = await(all.of().fetch_sockets());
        for (const auto& each : found) each.join("seen");
        (void)await(all.of().all_sockets());
        all.of().to("seen").emit("hello");
        all.of().in("seen").disconnect_sockets(i % 2 == 0);
    }
    over = true;
    for (auto& each : crowds) each.join();
    all.settle();
    all.of().disconnect_sockets();
    all.settle();
    CHECK(std::get<1>(await(all.of().fetch_sockets())).empty());
}

TEST_CASE("mt: middlewares and answers from another thread") {
    threaded_world all;
    std::mutex lock;
    std::condition_variable came;
    std::vector<engine::task> jobs;
    bool over = false;
    std::thread helper([&] {
        for (;;) {
            std::vector<engine::task> batch;
            {
                std::unique_lock hold(lock);
                came.wait(hold, [&] { return over || !jobs.empty(); });
                if (jobs.empty()) return;
                batch.swap(jobs);
            }
            for (auto& each : batch) each();
        }
    });
    const auto elsewhere = [&](engine::task job) {
        {
            const std::lock_guard hold(lock);
            jobs.push_back(std::move(job));
        }
        came.notify_one();
    };
    all.of().use([&](const socket&, const next& go_on) { elsewhere(go_on); });
    all.of().on_connection([&](const socket& one) {
        one.use([&](const event&, const next& go_on) { elsewhere(go_on); });
        one.on("q", [&](int n, const ack& answer) { elsewhere([n, answer] { answer(n + 1); }); });
    });
    std::vector<remote_peer> peers;
    for (unsigned i = 0; i < 12; ++i) {
        peers.push_back(all.join(i % 4));
        peers.back().send(R"(421["q",1])");
        if (i % 3 == 0) peers.back().vanish();
    }
    for (unsigned i = 0; i < 12; ++i) {
        if (i % 3 == 0) continue;
        while (peers[i].count("431[2]") == 0) std::this_thread::yield();
    }
    {
        const std::lock_guard hold(lock);
        over = true;
    }
    came.notify_one();
    helper.join();
}

TEST_CASE("mt: a room that spreads over several workers comes and goes once") {
    threaded_world all;
    std::atomic<int> created = 0;
    std::atomic<int> deleted = 0;
    const auto counts = [](std::atomic<int>& what) {
        return [&what](std::string_view room) { what += room == "red"; };
    };
    all.of().on_room_events({.on_create_room = counts(created),
                             .on_join_room = {},
                             .on_leave_room = {},
                             .on_delete_room = counts(deleted)});
    all.of().on_connection([](const socket& one) { one.join("red"); });
    const auto peers = join_everywhere(all, 3);
    CHECK(created == 1);
    for (std::size_t i = 1; i < peers.size(); ++i) peers[i].vanish();
    all.settle();
    CHECK(deleted == 0);
    peers[0].vanish();
    all.settle();
    CHECK(deleted == 1);
}

TEST_CASE("mt: namespaces are made on demand by several workers at once, each once") {
    threaded_world all;
    std::atomic<int> made = 0;
    all.above->new_namespace_handlers().change([&](auto& handlers) {
        handlers.push_back(
            std::make_shared<namespaces::new_namespace_handler>([&](const hub::nsp_ptr&) { ++made; }));
    });
    const nsp parent(
        all.above->add_parent([](const std::string&, const value&, const verdict& answer) { answer(true); }));
    std::vector<remote_peer> peers;
    for (unsigned worker = 0; worker < 4; ++worker) peers.push_back(all.open(worker));
    for (int i = 0; i < 25; ++i)
        for (const auto& each : peers) each.send("40/n" + std::to_string(i) + ",");
    all.settle();
    CHECK(made == 25);
    CHECK(count_all(peers, "40/n") == 100);
    parent.emit("x");
    all.settle();
    CHECK(count_all(peers, "42/n") == 100);
}

TEST_CASE("mt: closing ends the sockets of all workers, and handles outlive the server") {
    std::vector<socket> kept;
    {
        threaded_world all;
        std::mutex lock;
        std::atomic<int> left = 0;
        all.of().on_connection([&](const socket& one) {
            one.on_disconnect(
                [&](disconnect_reason reason) { left += reason == disconnect_reason::server_shutting_down; });
            const std::lock_guard hold(lock);
            kept.push_back(one);
        });
        const auto peers = join_everywhere(all, 2);
        std::promise<void> done;
        all.above->close([&] { done.set_value(); });
        done.get_future().wait();
        CHECK(left == 8);
        const auto late = all.join(0);
        all.settle();
        CHECK(late.count("44{\"message\":\"Invalid namespace\"}") == 1);
    }
    for (const auto& each : kept) {
        each.emit("nobody");
        each.join("nowhere");
        each.disconnect(true);
        each.broadcast().emit("nobody");
    }
    CHECK(kept.size() == 8);
}

}  // namespace threads_test
