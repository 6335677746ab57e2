#include <kedge/stomp/relay/broker_connection.hpp>

#include <span>
#include <string>
#include <utility>

#include <kedge/stomp/relay/broker_link.hpp>
#include <kedge/transports/loop/worker.hpp>
#include <kedge/transports/net/stream.hpp>

namespace kedge::stomp {

/// One socket. It is destroyed when the turn ends in which it was left.
class broker_connection::line final : public transports::mortal, public transports::stream_owner {
  public:
    line(broker_connection& of, transports::detached_stream from)
        : of_(&of), stream_(of.home_, std::move(from), *this) {}

    transports::stream& stream() noexcept { return stream_; }

    void leave() noexcept { of_ = nullptr; }

    void on_bytes(std::span<char> bytes) override {
        if (of_) of_->link_->on_bytes({bytes.data(), bytes.size()});
    }
    void on_end() override {
        if (!of_) return;
        broker_connection& up = *of_;
        up.hang_up();
        up.link_->on_lost("the broker has closed the connection, or it broke");
    }
    void on_drain() override {
        if (of_) of_->link_->on_drained();
    }
    void on_fault() noexcept override {
        stream_.home().guarded([this] { on_end(); });
    }

  private:
    broker_connection* of_;  // null once it was left
    transports::stream stream_;
};

broker_connection::broker_connection(transports::worker& home, transports::dial_address broker,
                                     std::shared_ptr<const transports::tls_client> tls)
    : home_(home), broker_(std::move(broker)), tls_(std::move(tls)), dialer_(home) {}

// The worker may be going, too: nothing is left to it.
broker_connection::~broker_connection() {
    dialer_.cancel();
    if (!line_) return;
    line_->leave();
    line_->stream().abort();
}

void broker_connection::connect() {
    dialer_.dial(broker_, [this](transports::detached_stream made, const std::string& why) {
        on_dialed(std::move(made), why);
    });
}

void broker_connection::on_dialed(transports::detached_stream made, std::string_view why) {
    if (made.descriptor < 0) return link_->on_lost("the broker is not reached: " + std::string(why));
    if (tls_) tls_->start(made, broker_.host);
    line_ = std::make_unique<line>(*this, std::move(made));
    link_->on_connected();
}

void broker_connection::send(std::string_view bytes) {
    if (line_) line_->stream().write(bytes);
}

std::size_t broker_connection::unsent() const {
    return line_ ? line_->stream().unsent() : 0;
}

void broker_connection::want_drain() {
    if (line_) line_->stream().want_drain();
}

void broker_connection::pause() {
    if (line_) line_->stream().pause();
}

void broker_connection::resume() {
    if (line_) line_->stream().resume();
}

void broker_connection::hang_up() {
    dialer_.cancel();
    if (!line_) return;
    line_->stream().abort();
    let_go();
}

void broker_connection::finish() {
    dialer_.cancel();
    if (!line_) return;
    line_->stream().close();
    let_go();
}

void broker_connection::let_go() noexcept {
    line_->leave();
    home_.bury(std::move(line_));
}

}  // namespace kedge::stomp
