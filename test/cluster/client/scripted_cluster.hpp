#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <kedge/cluster/client/cluster_watch.hpp>
#include <kedge/cluster/client/node_line.hpp>

#include <test/cluster/redis/scripted_wire.hpp>
#include <test/engine/fake_loop.hpp>

namespace kedge::testing {

/// A Redis Cluster that the test plays: nodes are known by their ports.
class scripted_cluster final : public cluster::line_yard {
  public:
    struct line final : cluster::node_line {
        line(scripted_cluster& in, cluster::link_options how, cluster::link_user& user)
            : of(in), it(in.loop, net, in.chance, std::move(how), user) {
            of.lines.push_back(this);
        }
        ~line() override { std::erase(of.lines, this); }
        cluster::redis_link& link() noexcept override { return it; }
        bool lead_to(const cluster::node_address& where) override {
            const bool first = port == 0;
            port = where.port;
            return first;
        }
        /// Connects and is greeted.
        void connect() {
            it.on_connected();
            net.take();
            it.on_bytes("%0\r\n");
            if (it.ready()) return;
            net.take();
            it.on_bytes("+PONG\r\n");
        }

        scripted_cluster& of;
        std::uint16_t port = 0;
        scripted_wire net;
        cluster::redis_link it;
    };

    scripted_cluster() {
        how.figures = std::make_shared<redis_figures>();
        watch.use(teller);
    }

    std::unique_ptr<cluster::node_line> make(cluster::link_options with, cluster::link_user& user) override {
        return std::make_unique<line>(*this, std::move(with), user);
    }
    void bury(std::unique_ptr<transports::mortal> dead) override { buried.push_back(std::move(dead)); }
    const cluster::link_options& options() const noexcept override { return how; }

    bool has(std::uint16_t port) const {
        for (const auto* each : lines)
            if (each->port == port) return true;
        return false;
    }
    line& at(std::uint16_t port) {
        for (auto* each : lines)
            if (each->port == port) return *each;
        throw std::out_of_range("no line to " + std::to_string(port));
    }
    std::string take(std::uint16_t port) { return at(port).net.take(); }
    void say(std::uint16_t port, const std::string& bytes) { at(port).it.on_bytes(bytes); }

    /// A node tells who has the slots: from the first of each on, to the next one's.
    void tell(const std::vector<std::pair<unsigned, std::uint16_t>>& owners) {
        std::string bytes = "*" + std::to_string(owners.size()) + "\r\n";
        for (std::size_t i = 0; i < owners.size(); ++i) {
            const unsigned last = i + 1 < owners.size() ? owners[i + 1].first - 1 : 16383;
            bytes += "*3\r\n:" + std::to_string(owners[i].first) + "\r\n:" + std::to_string(last) +
                     "\r\n*2\r\n+h\r\n:" + std::to_string(owners[i].second) + "\r\n";
        }
        if (!asked) {
            teller.start();
            teller.on_connected();
            teller.on_bytes("%0\r\n");
            net.take();
            teller.on_bytes("+PONG\r\n");
            asked = true;
        } else if (net.written.empty()) {
            loop.advance(engine::duration(1000));
        }
        net.take();
        teller.on_bytes(bytes);
    }

    fake_loop loop;
    fixed_random chance;
    cluster::link_options how;
    std::vector<line*> lines;
    std::vector<std::unique_ptr<transports::mortal>> buried;
    std::vector<std::string> troubles;
    scripted_wire net;
    bool asked = false;
    cluster::cluster_watch watch{
        loop,
        {.asked = [] { return std::string("h"); },
         .on_trouble = [this](std::string_view what, std::string_view) { troubles.emplace_back(what); }}};
    cluster::redis_link teller{loop, net, chance, {.ping_after = engine::duration(1'000'000)}, watch};
};

}  // namespace kedge::testing
