#include <kedge/transports/net/dialer.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>
#include <vector>

#include <boost/asio/ip/tcp.hpp>

#include <kedge/transports/loop/kernel.hpp>
#include <kedge/transports/loop/worker.hpp>
#include <kedge/transports/net/socket_address.hpp>

namespace kedge::transports {

namespace {

std::string message_of(int error) {
    return std::system_category().message(error);
}

/// False when the path does not fit.
bool set_path(socket_address& to, const std::string& path) noexcept {
    auto& address = reinterpret_cast<sockaddr_un&>(to.storage);
    if (path.size() >= sizeof address.sun_path) return false;
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    to.size = sizeof address;
    return true;
}

socket_address address_of(const boost::asio::ip::tcp::endpoint& from) noexcept {
    socket_address made;
    std::memcpy(made.get(), from.data(), from.size());
    made.size = static_cast<socklen_t>(from.size());
    return made;
}

}  // namespace

/// One connection being made. It outlives its dialer while a name is looked up.
class dialer::attempt final : public pollable, public std::enable_shared_from_this<attempt> {
  public:
    attempt(dialer& of, done told)
        : of_(&of), home_(of.home_), told_(std::move(told)), names_(home_.context()) {}

    void start(const dial_address& whom) {
        if (whom.path.empty()) return look_up(whom);
        socket_address only;
        if (set_path(only, whom.path))
            addresses_.push_back(only);
        else
            why_ = message_of(ENAMETOOLONG);
        later([this] { try_next(); });
    }

    void cancel() noexcept {
        of_ = nullptr;
        names_.cancel();
        drop();
    }

  private:
    /// Runs it in a turn, unless this was given up meanwhile.
    template <class F>
    void later(F work) {
        home_.post([self = shared_from_this(), work] {
            if (self->of_) work();
        });
    }

    void look_up(const dial_address& whom) {
        names_.async_resolve(
            whom.host, std::to_string(whom.port),
            [self = shared_from_this()](const boost::system::error_code& error,
                                        const boost::asio::ip::tcp::resolver::results_type& found) {
                if (!self->of_) return;
                if (error) self->why_ = "the host was not found: " + error.message();
                for (const auto& each : found) self->addresses_.push_back(address_of(each.endpoint()));
                self->later([raw = self.get()] { raw->try_next(); });
            });
    }

    void try_next() {
        drop();
        while (next_ < addresses_.size()) {
            if (begin(addresses_[next_++])) return;
        }
        finish({});
    }

    /// Whether a connection to this address is under way.
    bool begin(const socket_address& to) {
        descriptor_ = os().socket(to.family(), SOCK_STREAM, 0);
        if (descriptor_ < 0) return fail(errno);
        if (!prepare_connected(descriptor_)) return fail(errno);
        if (os().connect(descriptor_, to.get(), to.size) == 0) return finish_connected();
        return errno == EINPROGRESS || errno == EINTR ? watch() : fail(errno);
    }

    bool watch() {
        try {
            home_.poll().add(descriptor_, *this);
        } catch (const std::system_error& refused) {
            return fail(refused.code().value());
        }
        polled_ = true;
        home_.poll().want(descriptor_, ready::write);
        return true;
    }

    bool fail(int error) {
        why_ = message_of(error);
        drop();
        return false;
    }

    void on_ready(ready what) override {
        if (!has(what, ready::write) && !has(what, ready::hang_up)) return;
        const auto keep = shared_from_this();
        int error = 0;
        socklen_t size = sizeof error;
        if (os().getsockopt(descriptor_, SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
        if (error == 0 ? !finish_connected() : !fail(error)) try_next();
    }

    bool finish_connected() {
        stop_polling();
        detached_stream made;
        try {
            made = adopt(std::exchange(descriptor_, -1));
        } catch (const std::system_error& refused) {
            return fail(refused.code().value());
        }
        why_.clear();
        finish(std::move(made));
        return true;
    }

    void finish(detached_stream made) {
        const auto keep = shared_from_this();
        std::exchange(of_, nullptr)->attempt_.reset();
        told_(std::move(made), std::move(why_));
    }

    void stop_polling() noexcept {
        if (std::exchange(polled_, false)) home_.poll().remove(descriptor_, *this);
    }

    void drop() noexcept {
        stop_polling();
        if (descriptor_ >= 0) os().close(std::exchange(descriptor_, -1));
    }

    dialer* of_;  // null once this was given up or has finished
    worker& home_;
    done told_;
    boost::asio::ip::tcp::resolver names_;
    std::vector<socket_address> addresses_;
    std::size_t next_ = 0;
    std::string why_;
    int descriptor_ = -1;
    bool polled_ = false;
};

void dialer::dial(const dial_address& whom, done told) {
    cancel();
    attempt_ = std::make_shared<attempt>(*this, std::move(told));
    attempt_->start(whom);
}

void dialer::cancel() noexcept {
    if (auto given_up = std::exchange(attempt_, nullptr)) given_up->cancel();
}

}  // namespace kedge::transports
