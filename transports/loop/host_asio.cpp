#include <kedge/transports/loop/host_asio.hpp>

#include <optional>
#include <utility>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <kedge/transports/loop/handler_memory.hpp>
#include <kedge/transports/loop/poll_set_kinds.hpp>

namespace kedge::transports {

namespace {

class closable_context final : public boost::asio::io_context {
  public:
    closable_context() : io_context(1) {}
    /// Destroys what waits in it; nothing happens here any more.
    void close() { shutdown(); }
};

/// An io_context that ends with its host, and whose memory may be kept for longer.
class own_context {
  public:
    own_context() : kept_(std::make_shared<closable_context>()) {}
    ~own_context() { kept_->close(); }
    own_context(const own_context&) = delete;
    own_context& operator=(const own_context&) = delete;
    const std::shared_ptr<closable_context>& share() const noexcept { return kept_; }

  private:
    std::shared_ptr<closable_context> kept_;
};

class asio_host final : public host {
  public:
    asio_host(std::unique_ptr<own_context> own, boost::asio::io_context& context, readiness_source how)
        : own_(std::move(own)), context_(context), how_(how), alarm_(context_) {}
    ~asio_host() override {
        *anchor_ = nullptr;
        unwatch();
    }

    void guest(host_guest* who) noexcept override { guest_ = who; }

    void wake() override {
        boost::asio::post(context_, kept_handler(memory_, [to = anchor_] {
                              if (*to && (*to)->guest_) (*to)->guest_->on_woken();
                          }));
    }

    void alarm(engine::time_point at) override {
        alarm_at_ = at;
        alarm_.expires_at(at);
        alarm_.async_wait(kept_handler(memory_, [to = anchor_, at](const boost::system::error_code& error) {
            if (!error && *to && (*to)->alarm_at_ == at) (*to)->ring();
        }));
    }
    void cancel_alarm() noexcept override {
        alarm_at_.reset();
        alarm_.cancel();
    }

    void watch(int descriptor) override {
        if (waiting_) return;
        if (!watched_) watched_.emplace(context_, descriptor);
        // Every async_wait looks at the level of the descriptor again: no edge has to be trusted.
        watched_->async_wait(boost::asio::posix::stream_descriptor::wait_read,
                             kept_handler(memory_, [to = anchor_](const boost::system::error_code& error) {
                                 if (!error && *to) (*to)->readable();
                             }));
        waiting_ = true;  // not before: who was refused tries again
    }
    void unwatch() noexcept override {
        waiting_ = false;
        if (!watched_) return;
        watched_->release();
        watched_.reset();
    }

    std::unique_ptr<poll_set> make_poll_set(poll_sink& sink) override {
#ifdef __linux__
        if (how_ == readiness_source::native) return make_epoll_set(*this, sink);
#endif
        return make_wait_set(context_, sink);
    }

    void run(const std::function<void(std::exception_ptr)>& thrown) override {
        const auto guard = boost::asio::make_work_guard(context_);
        context_.restart();
        while (!context_.stopped()) {
            try {
                context_.run();
            } catch (...) {
                thrown(std::current_exception());
            }
        }
    }
    void stop() override {
        context_.stop();
    }
    bool own() const noexcept override {
        return own_ != nullptr;
    }

  private:
    void ring() {
        alarm_at_.reset();
        if (guest_) guest_->on_alarm();
    }
    void readable() {
        waiting_ = false;
        if (guest_) guest_->on_readable();
    }

    std::unique_ptr<own_context> own_;
    boost::asio::io_context& context_;
    const readiness_source how_;
    std::shared_ptr<asio_host*> anchor_ = std::make_shared<asio_host*>(this);  // for late completions
    std::shared_ptr<handler_memory> memory_ = std::make_shared<handler_memory>();
    host_guest* guest_ = nullptr;
    boost::asio::steady_timer alarm_;
    std::optional<engine::time_point> alarm_at_;
    std::optional<boost::asio::posix::stream_descriptor> watched_;
    bool waiting_ = false;
};

}  // namespace

own_asio_host make_asio_host(readiness_source how) {
    auto own = std::make_unique<own_context>();
    auto context = own->share();
    auto under = std::make_unique<asio_host>(std::move(own), *context, how);
    return {std::move(under), std::move(context)};
}

std::unique_ptr<host> make_asio_host(boost::asio::io_context& of_application, readiness_source how) {
    return std::make_unique<asio_host>(nullptr, of_application, how);
}

}  // namespace kedge::transports
