#include <kedge/cluster/client/node_line.hpp>

#include <utility>

namespace kedge::cluster {

namespace {

class worker_line final : public node_line {
  public:
    worker_line(transports::worker& home, std::shared_ptr<const transports::tls_client> tls, link_options how,
                link_user& user)
        : net_(home, {}, std::move(tls)), link_(home, net_, chance_, std::move(how), user) {
        net_.use(link_);
    }

    redis_link& link() noexcept override { return link_; }
    bool lead_to(const node_address& where) override { return net_.lead_to({where.dial()}); }

  private:
    transports::random_openssl chance_;
    redis_connection net_;
    redis_link link_;
};

}  // namespace

worker_yard::worker_yard(transports::worker& home, const redis_address& where)
    : home_(home), options_(where.link), tls_(where.tls) {}

std::unique_ptr<node_line> worker_yard::make(link_options how, link_user& user) {
    return std::make_unique<worker_line>(home_, tls_, std::move(how), user);
}

}  // namespace kedge::cluster
