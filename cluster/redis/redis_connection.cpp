#include <kedge/cluster/redis/redis_connection.hpp>

#include <span>
#include <utility>

#include <kedge/transports/loop/worker.hpp>
#include <kedge/transports/net/stream.hpp>

namespace kedge::cluster {

/// One socket. It is destroyed when the turn ends in which it was left.
class redis_connection::line final : public transports::mortal, public transports::stream_owner {
  public:
    line(redis_connection& of, transports::detached_stream from)
        : of_(&of), stream_(of.home_, std::move(from), *this) {}

    transports::stream& stream() noexcept { return stream_; }

    void leave() noexcept { of_ = nullptr; }

    void on_bytes(std::span<char> bytes) override {
        if (of_) of_->link_->on_bytes({bytes.data(), bytes.size()});
    }
    void on_end() override {
        if (!of_) return;
        redis_connection& up = *of_;
        up.hang_up();
        up.link_->on_lost("it was closed by Redis, or broke");
    }
    void on_drain() override {
        if (of_) of_->link_->on_drained();
    }
    void on_fault() noexcept override {
        stream_.home().guarded([this] { on_end(); });
    }

  private:
    redis_connection* of_;  // null once it was left
    transports::stream stream_;
};

redis_connection::redis_connection(transports::worker& home, std::vector<transports::dial_address> servers,
                                   std::shared_ptr<const transports::tls_client> tls)
    : home_(home), servers_(std::move(servers)), tls_(std::move(tls)), dialer_(home) {}

// The worker may be going, too: nothing is left to it.
redis_connection::~redis_connection() {
    dialer_.cancel();
    if (!line_) return;
    line_->leave();
    line_->stream().abort();
}

bool redis_connection::lead_to(std::vector<transports::dial_address> servers) {
    servers_ = std::move(servers);
    next_ = 0;
    if (servers_.empty() || !std::exchange(wanted_, false)) return false;
    dial();
    return true;
}

void redis_connection::connect() {
    wanted_ = servers_.empty();
    if (!wanted_) dial();
}

void redis_connection::dial() {
    const auto& server = servers_[next_];
    next_ = (next_ + 1) % servers_.size();
    host_ = server.host;
    dialer_.dial(server, [this](transports::detached_stream made, const std::string& why) {
        on_dialed(std::move(made), why);
    });
}

void redis_connection::on_dialed(transports::detached_stream made, const std::string& why) {
    if (made.descriptor < 0) return link_->on_lost(why);
    if (tls_) tls_->start(made, host_);
    line_ = std::make_unique<line>(*this, std::move(made));
    link_->on_connected();
}

std::string& redis_connection::output() {
    if (line_) return line_->stream().output();
    nowhere_.clear();
    return nowhere_;
}

std::size_t redis_connection::unsent() const {
    return line_ ? line_->stream().unsent() : 0;
}

void redis_connection::want_drain() {
    if (line_) line_->stream().want_drain();
}

void redis_connection::hang_up() {
    wanted_ = false;
    dialer_.cancel();
    if (!line_) return;
    line_->leave();
    line_->stream().abort();
    home_.bury(std::move(line_));
}

void redis_connection::finish() {
    if (line_) {
        line_->leave();
        line_->stream().close();
        home_.bury(std::move(line_));
    }
    hang_up();
}

}  // namespace kedge::cluster
