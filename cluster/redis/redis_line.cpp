#include <kedge/cluster/redis/redis_line.hpp>

#include <stdexcept>
#include <string_view>
#include <utility>

#include <kedge/cluster/redis/redis_url.hpp>
#include <kedge/cluster/redis/sentinel_watch.hpp>

namespace kedge::cluster {

namespace {

sentinel_address check_sentinels(const redis_options& options,
                                 const std::shared_ptr<redis_figures>& figures) {
    sentinel_address made;
    made.master = options.sentinels.master;
    made.link.name = options.client_name;
    made.link.figures = figures;
    std::optional<bool> secure;
    for (const auto& each : options.sentinels.urls) {
        redis_url url = parse_redis_url(each);
        if (secure.value_or(url.secure) != url.secure)
            throw std::invalid_argument("some sentinels are spoken to by TLS and some are not");
        secure = url.secure;
        made.link.user = url.user;
        made.link.password = url.password;
        made.where.push_back({std::move(url.host), url.port, std::move(url.path)});
    }
    if (secure == true) made.tls = std::make_shared<const transports::tls_client>(options.tls);
    return made;
}

}  // namespace

redis_address check_address(const redis_options& options) {
    redis_url url = parse_redis_url(options.url);
    redis_address made;
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
                                      if (!net_.lead_to(master)) link_.reconnect("another is the master now");
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
