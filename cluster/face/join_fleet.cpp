#include <kedge/cluster/face/join_fleet.hpp>

#include <algorithm>
#include <array>
#include <memory>
#include <span>
#include <stdexcept>
#include <utility>

#include <kedge/cluster/client/redis_client.hpp>
#include <kedge/cluster/redis/node_lease.hpp>
#include <kedge/socketio/face/server.hpp>
#include <kedge/transports/net/tls.hpp>
#include <kedge/transports/server/engine_server.hpp>

namespace kedge {

namespace {

constexpr std::size_t shortest_secret = 16;

transports::dial_address read_address(const char* option, const std::string& text) {
    auto read = cluster::parse_node_address(text);
    if (read) return *std::move(read);
    throw std::invalid_argument(std::string(option) + ": \"" + text + "\" is not host:port");
}

std::string written(const transports::dial_address& where) {
    const bool v6 = where.host.find(':') != where.host.npos;
    return (v6 ? '[' + where.host + ']' : where.host) + ':' + std::to_string(where.port);
}

void check(const fleet_options& given) {
    if (given.secret.size() < shortest_secret)
        throw std::invalid_argument("secret: a fleet needs one of at least 16 bytes, the same on all nodes");
    if (given.nodes.empty()) return;
    if (!given.url.empty())
        throw std::invalid_argument("url: nodes that are listed do not look for each other in Redis");
    if (given.nodes.size() > cluster::node_lease::numbers)
        throw std::invalid_argument("nodes: a fleet has at most 255");
}

/// Opens the port for the other nodes; where they reach it.
transports::dial_address open_port(transports::engine_server& on, const fleet_options& given) {
    transports::dial_address address = read_address("address", given.address);
    const auto at = given.listen.empty() ? address : read_address("listen", given.listen);
    transports::listen_address where;
    where.host = at.host;
    where.port = at.port;
    transports::fleet_terms terms{.secret = given.secret};
    std::shared_ptr<transports::tls_context> tls;
    if (given.tls) {
        tls = std::make_shared<transports::tls_context>(given.tls->own);
        terms.tls = std::make_shared<const transports::tls_client>(given.tls->others);
    }
    const std::uint16_t port = on.join_fleet(where, std::move(terms), std::move(tls));
    if (address.port == 0) address.port = port;
    return address;
}

/// The place of this node in the list is its number.
transports::fleet_map map_of(const fleet_options& given) {
    const auto own = std::find(given.nodes.begin(), given.nodes.end(), given.address);
    if (own == given.nodes.end())
        throw std::invalid_argument("nodes: this node's address, " + given.address + ", is not among them");
    transports::fleet_map map;
    map.own = static_cast<std::uint8_t>(own - given.nodes.begin());
    for (std::size_t i = 0; i < given.nodes.size(); ++i)
        if (i != map.own)
            map.others.emplace(static_cast<std::uint8_t>(i), read_address("nodes", given.nodes[i]));
    return map;
}

/// The number that this node holds in Redis, on the first worker.
class lease_keeper final : public transports::mortal {
  public:
    lease_keeper(transports::engine_server& on, transports::worker& home, const cluster::redis_address& where,
                 const std::string& key, const std::string& address)
        : on_(on),
          client_(home, where,
                  [this](log_level level, std::string_view what, std::string_view why) {
                      log(level, what, why);
                  }),
          lease_(home, client_.commands(), random_, key, address,
                 {.on_change = [this](std::uint8_t own,
                                      const cluster::node_lease::addresses& others) { tell(own, others); },
                  .log = [this](log_level level, std::string_view what,
                                std::string_view why) { log(level, what, why); }}) {
        client_.start();
        client_.channels().add(cluster::channel_kind::plain, key,
                               [this](std::string_view, std::string_view message) {
                                   if (!lease_.on_announced(message)) client_.figures().not_understood.add();
                               });
        lease_.start();
    }

    void release() {
        lease_.release();
        client_.stop();
    }

  private:
    void tell(std::uint8_t own, const cluster::node_lease::addresses& others) {
        on_.know_fleet({.own = own, .others = others});
    }
    void log(log_level level, std::string_view what, std::string_view why) {
        const auto& options = on_.options();
        if (!options.log || level < options.log_threshold) return;
        const std::array<log_record::field, 1> facts{{{"detail", why}}};
        client_.home().guarded([&] {
            options.log({level, what, std::span(facts).first(why.empty() ? 0 : 1)});
        });
    }

    transports::engine_server& on_;
    transports::random_openssl random_;
    cluster::redis_client client_;
    cluster::node_lease lease_;
};

/// In a Redis Cluster all keys of the fleet are in one slot, since they are asked for together.
std::string key_in(const cluster::redis_address& where, const std::string& key) {
    const bool tagged = key.find('{') != key.npos;
    return where.nodes.empty() || tagged ? key : '{' + key + '}';
}

/// It is there as long as the worker is, and gives the number back when the server has ended in good order.
void keep_lease(transports::engine_server& on, const fleet_options& given, const std::string& address) {
    redis_options redis = given.redis;
    redis.connections = 1;
    if (!given.url.empty()) redis.url = given.url;
    auto where = std::make_shared<const cluster::redis_address>(cluster::check_address(redis));
    auto& home = static_cast<transports::worker&>(*on.loops().front());
    const auto keeper = std::make_shared<lease_keeper*>(nullptr);
    home.post([&on, &home, where, keeper, key = key_in(*where, given.key), address] {
        auto made = std::make_unique<lease_keeper>(on, home, *where, key, address);
        *keeper = made.get();
        home.own(std::move(made));
    });
    on.when_closed([&home, keeper] {
        if (!*keeper) return;
        home.post([keeper] { (*keeper)->release(); });
    });
}

}  // namespace

void join_fleet(transports::engine_server& on, fleet_options options) {
    check(options);
    if (!options.nodes.empty()) {
        const transports::fleet_map map = map_of(options);
        open_port(on, options);
        return on.know_fleet(map);
    }
    keep_lease(on, options, written(open_port(on, options)));
}

void join_fleet(server& io, fleet_options options) {
    join_fleet(io.engine(), std::move(options));
}

}  // namespace kedge
