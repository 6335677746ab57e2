#include <kedge/transports/net/listener.hpp>

#include <fcntl.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include <kedge/transports/loop/kernel.hpp>
#include <kedge/transports/loop/worker.hpp>
#include <kedge/transports/net/socket_address.hpp>

namespace kedge::transports {

namespace {

using namespace std::chrono_literals;

constexpr engine::duration retry_after = 100ms;
constexpr unsigned retries_before_shedding = 10;

int reserve_descriptor() noexcept {
    return os().open("/dev/null", O_RDONLY | O_CLOEXEC);
}

int accept_ready(int listening, socket_address& peer) noexcept {
    const int descriptor = os().accept(listening, peer.get(), &peer.size);
#ifndef __linux__
    if (descriptor >= 0 && !prepare_connected(descriptor)) {
        os().close(descriptor);
        return errno = ECONNABORTED, -1;
    }
#endif
    return descriptor;
}

/// Whether accept failed because of the one connection that it was about to return.
bool peer_failed(int error) noexcept {
    switch (error) {
        case EINTR:
        case ECONNABORTED:
        case EPERM:
        case EPROTO:
        case ENOPROTOOPT:
        case ENETDOWN:
        case ENETUNREACH:
        case EHOSTDOWN:
        case EHOSTUNREACH:
            return true;
        default:
            return false;
    }
}

}  // namespace

struct listener::tally {
    counter accepted;
    counter refused;
    counter shed;
};

listener::listener(worker& home, std::vector<worker*> workers, listen_options options, connected deliver)
    : home_(home),
      workers_(std::move(workers)),
      options_(std::move(options)),
      deliver_(std::make_shared<const connected>(std::move(deliver))),
      socket_(options_.where),
      tally_(std::make_unique<tally>()),
      retry_(engine::timer::calls<&listener::retry, listener>(), this) {
    home_.poll().add(socket_.descriptor(), *this);
    reserve_ = reserve_descriptor();
}

listener::~listener() {
    close();
}

void listener::close() noexcept {
    if (socket_.descriptor() < 0) return;
    home_.poll().remove(socket_.descriptor(), *this);
    home_.drop_carried(*this);
    retry_.disarm();
    socket_.close();
    if (reserve_ >= 0) os().close(std::exchange(reserve_, -1));
}

listener_counters listener::counters() const noexcept {
    return {tally_->accepted.value(), tally_->refused.value(), tally_->shed.value()};
}

/// The kernel tells once of who waits: when a batch is cut short, another is tried later.
void listener::on_ready(ready) {
    bool done = false;
    home_.guarded([&] {
        accept_batch();
        done = true;
    });
    if (!done && socket_.descriptor() >= 0) home_.timers().arm(retry_, home_.now() + retry_after);
}

void listener::accept_batch() {
    for (std::size_t left = options_.accepts_per_turn; left > 0 && socket_.descriptor() >= 0; --left)
        if (!accept_one()) return;
    if (socket_.descriptor() >= 0) home_.carry(*this);
}

/// Accepts one connection. False when there is nothing to go on with in this turn.
bool listener::accept_one() {
    socket_address peer;
    const int descriptor = accept_ready(socket_.descriptor(), peer);
    if (descriptor < 0) {
        const int error = errno;
        if (error == EAGAIN || error == EWOULDBLOCK)
            return home_.poll().want(socket_.descriptor(), ready::read), false;
        if (peer_failed(error)) return true;
        return out_of_descriptors(error), false;
    }
    detached_stream stream;
    stream.descriptor = descriptor;
    stream.from = origin_of(peer);
    if (std::exchange(retries_, 0u) > 0 && options_.log)
        options_.log("descriptors are free: accepting again");
    if (refuse(stream)) return true;
    tally_->accepted.add(1);
    if (options_.tls) start_tls(stream, options_.tls);
    place(std::move(stream));
    return true;
}

bool listener::refuse(detached_stream& stream) {
    if (!options_.limits) return false;
    auto verdict = options_.limits->admit(stream.from.address, home_.now());
    stream.permit = std::move(verdict.permit);
    if (verdict.refused == limit_reason::none) return false;
    tally_->refused.add(1);
    if (options_.on_refused) options_.on_refused(verdict.refused, stream.from.address);
    return true;
}

void listener::place(detached_stream stream) {
    worker& to = workers_.size() == 1 ? *workers_.front() : least_loaded(workers_, next_++ % workers_.size());
    home_.guarded([&] { hand_over(to, std::move(stream), deliver_); });
}

/// Open connections go on; new ones wait in the kernel, which tells no second time that they are there.
void listener::out_of_descriptors(int error) {
    if (retries_ == 0 && options_.log)
        options_.log("cannot accept on " + name() + ": " + std::system_category().message(error) +
                     "; new connections wait (raise the limit of open files)");
    if (retries_ >= retries_before_shedding) shed();
    home_.timers().arm(retry_, home_.now() + retry_after);
}

void listener::retry(engine::time_point) {
    ++retries_;
    on_ready(ready::nothing);
}

/// Nothing was given back for a while: who waits learns it, instead of hanging, by the help of the reserve.
void listener::shed() {
    if (reserve_ >= 0) os().close(std::exchange(reserve_, -1));
    for (std::size_t left = options_.accepts_per_turn; left > 0; --left) {
        socket_address peer;
        const int descriptor = accept_ready(socket_.descriptor(), peer);
        if (descriptor < 0) break;
        os().close(descriptor);
        tally_->shed.add(1);
    }
    reserve_ = reserve_descriptor();
}

worker& least_loaded(std::span<worker* const> workers, std::size_t first) noexcept {
    worker* best = workers[first];
    for (std::size_t i = 1; i < workers.size(); ++i) {
        worker* const other = workers[(first + i) % workers.size()];
        if (other->connections() < best->connections()) best = other;
    }
    return *best;
}

void hand_over(worker& to, detached_stream stream, std::shared_ptr<const connected> deliver) {
    if (worker::current() == &to) return (*deliver)(to, std::move(stream));
    stream.place = seat(to);
    to.post([&to, stream = std::move(stream), deliver = std::move(deliver)]() mutable {
        (*deliver)(to, std::move(stream));
    });
}

}  // namespace kedge::transports
