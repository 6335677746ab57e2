#include <kedge/cluster/redis/redis_line.hpp>

#include <stdexcept>
#include <string_view>
#include <utility>

#include <kedge/cluster/redis/redis_url.hpp>
#include <kedge/cluster/redis/sentinel_watch.hpp>

namespace kedge::cluster {

namespace {

constexpr unsigned most_connections = 64;

/// URLs of servers that are spoken to alike, `who` they are.
std::vector<redis_url> parse_all(const std::vector<std::string>& urls, const char* who) {
    std::vector<redis_url> made;
    for (const auto& each : urls) {
        made.push_back(parse_redis_url(each));
        if (made.back().secure != made.front().secure)
            throw std::invalid_argument(std::string("some ") + who +
                                        " are spoken to by TLS and some are not");
    }
    return made;
}

sentinel_address check_sentinels(const redis_options& options,
                                 const std::shared_ptr<redis_figures>& figures) {
    sentinel_address made;
    made.master = options.sentinels.master;
    made.link.name = options.client_name;
    made.link.figures = figures;
    for (auto& url : parse_all(options.sentinels.urls, "sentinels")) {
        if (url.secure && !made.tls) made.tls = std::make_shared<const transports::tls_client>(options.tls);
        made.link.user = url.user;
        made.link.password = url.password;
        made.where.push_back({std::move(url.host), url.port, std::move(url.path)});
    }
    return made;
}

/// Some nodes of a Redis Cluster, in place of the one server.
redis_url take_nodes(const redis_options& options, std::vector<transports::dial_address>& to) {
    if (!options.sentinels.urls.empty())
        throw std::invalid_argument("sentinels and nodes: a Redis Cluster has no sentinels");
    redis_url first;
    for (const auto& url : parse_all(options.nodes, "nodes")) {
        if (url.database != 0)
            throw std::invalid_argument("nodes: a Redis Cluster has no other database than 0");
        if (!url.path.empty())
            throw std::invalid_argument("nodes: those of a Redis Cluster have a host and port");
        if (to.empty()) first = url;
        to.push_back({url.host, url.port, {}});
    }
    return first;
}

}  // namespace

redis_address check_address(const redis_options& options) {
    if (options.connections == 0 || options.connections > most_connections)
        throw std::invalid_argument("connections: 1 to 64");
    redis_address made;
    made.connections = options.connections;
    redis_url url = options.nodes.empty() ? parse_redis_url(options.url) : take_nodes(options, made.nodes);
    made.where = {std::move(url.host), url.port, std::move(url.path)};
    if (url.secure) made.tls = std::make_shared<const transports::tls_client>(options.tls);
    made.link.user = options.user.empty() ? url.user : options.user;
    made.link.password = options.password.empty() ? url.password : options.password;
    made.link.database = url.database;
    made.link.name = options.client_name;
    made.link.max_waiting = options.max_waiting_bytes;
    made.link.figures = options.figures ? options.figures : std::make_shared<redis_figures>();
    if (options.sentinels.urls.empty()) return made;
    made.sentinels = check_sentinels(options, made.link.figures);
    made.where = {options.sentinels.master, 0, {}};
    return made;
}

/// The link to the sentinels.
struct redis_line::watching {
    watching(transports::worker& home, const sentinel_address& whom, sentinel_watch::hooks told)
        : net(home, whom.where, whom.tls),
          watch(home, whom.master, std::move(told)),
          link(home, net, chance, whom.link, watch) {
        net.use(link);
        watch.use(link);
    }

    transports::random_openssl chance;
    redis_connection net;
    sentinel_watch watch;
    redis_link link;
};

redis_line::redis_line(transports::worker& home, const redis_address& where, link_user& user)
    : net_(home, where.sentinels ? std::vector<transports::dial_address>() : std::vector{where.where},
           where.tls),
      link_(home, net_, chance_, where.link, user) {
    net_.use(link_);
    if (!where.sentinels) return;
    watching_ = std::make_unique<watching>(
        home, *where.sentinels,
        sentinel_watch::hooks{.on_master =
                                  [this](const transports::dial_address& master) {
                                      if (!net_.lead_to({master}))
                                          link_.reconnect("another is the master now");
                                  },
                              .on_trouble = [&user](std::string_view what,
                                                    std::string_view why) { user.on_trouble(what, why); }});
}

redis_line::~redis_line() = default;

void redis_line::start() {
    link_.start();
    if (watching_) watching_->link.start();
}

void redis_line::stop() {
    link_.stop();
    if (watching_) watching_->link.stop();
}

}  // namespace kedge::cluster
