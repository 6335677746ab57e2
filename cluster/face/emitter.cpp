#include <kedge/cluster/face/emitter.hpp>

#include <future>
#include <memory>
#include <stdexcept>
#include <thread>

#include <kedge/cluster/client/make_way.hpp>
#include <kedge/cluster/redis/resp_writer.hpp>
#include <kedge/socketio/wire/broadcast_packet.hpp>

namespace kedge {

namespace {

using cluster::outgoing_message;
using cluster::verb;

redis_options with_url(redis_options redis, std::string url) {
    if (!url.empty()) redis.url = std::move(url);
    redis.connections = 1;  // flush() asks whether all has arrived
    return redis;
}

}  // namespace

/// The thread, and the connection on it.
class emitter_core final {
  public:
    emitter_core(const emitter_options& options)
        : key_(options.key),
          parser_(options.parser),
          linger_(options.linger),
          way_(cluster::make_way(worker_, cluster::check_address(with_url(options.redis, options.url)),
                                 deaf())),
          thread_([this] { worker_.run(); }) {
        worker_.post([this] { way_->start(false); });
    }
    ~emitter_core() {
        flush(linger_);
        worker_.post([this] { way_->stop(); });
        worker_.stop();
        thread_.join();
        way_.reset();
    }
    emitter_core(const emitter_core&) = delete;
    emitter_core& operator=(const emitter_core&) = delete;

    enum class fate : std::uint8_t { waits, is_dropped };
    void say(const std::string& nsp, const outgoing_message& message, fate otherwise = fate::waits) {
        const cluster::classic_form form(key_, nsp, "emitter", parser_);
        auto command = cluster::make_command({"PUBLISH", form.channel_of(message), form.write(message)});
        worker_.post([this, otherwise, command = std::move(command)] {
            auto& link = way_->commands();
            otherwise == fate::waits ? link.send(command) : link.send_or_drop(command);
        });
    }

    /// Redis answers in order: when it has answered this, it has all before.
    bool flush(engine::duration at_most) {
        const auto answered = std::make_shared<std::promise<bool>>();
        auto outcome = answered->get_future();
        worker_.post([this, answered] {
            way_->commands().send(cluster::make_command({"PING"}), [answered](cluster::resp_value reply) {
                answered->set_value(!reply.is_error());
            });
        });
        return outcome.wait_for(at_most) == std::future_status::ready && outcome.get();
    }

  private:
    /// It has nobody to tell.
    static cluster::redis_way::hooks deaf() {
        const auto nothing = [] {};
        return {nothing, nothing, [](bool) {}, nothing, [](std::string_view, std::string_view) {}};
    }

    std::string key_;
    cluster::classic_parser parser_;
    engine::duration linger_;
    transports::worker worker_{0};
    std::unique_ptr<cluster::redis_way> way_;
    std::thread thread_;
};

emitter::emitter(emitter_options options) : core_(std::make_shared<emitter_core>(options)) {}

emitter::~emitter() = default;

emitter_operator emitter::of(std::string_view nsp) const {
    std::string name(nsp);
    if (!name.starts_with('/')) name.insert(0, 1, '/');
    return {core_, std::move(name)};
}

bool emitter::flush(engine::duration at_most) {
    return core_->flush(at_most);
}

// --- To whom, and how

emitter_operator emitter_operator::to(room_names rooms) const {
    auto next = *this;
    next.to_.rooms.insert(next.to_.rooms.end(), rooms.list().begin(), rooms.list().end());
    return next;
}

emitter_operator emitter_operator::except(room_names rooms) const {
    auto next = *this;
    next.to_.except.insert(next.to_.except.end(), rooms.list().begin(), rooms.list().end());
    return next;
}

emitter_operator emitter_operator::volatile_() const {
    auto next = *this;
    next.to_.flags.is_volatile = true;
    return next;
}

emitter_operator emitter_operator::compress(bool whether) const {
    auto next = *this;
    next.to_.flags.compress = whether;
    return next;
}

void emitter_operator::start(std::string_view event, const outgoing_arguments& sent) const {
    if (is_reserved_event(event))
        throw std::invalid_argument('"' + std::string(event) + "\" is a reserved event name");
    const auto data = [&](writer& to) { write_event(to, event, sent); };
    by_->say(nsp_, {.what = verb::broadcast, .options = &to_, .data = data},
             to_.flags.is_volatile ? emitter_core::fate::is_dropped : emitter_core::fate::waits);
}

void emitter_operator::raise(std::string_view event, const outgoing_arguments& sent) const {
    const auto data = [&](writer& to) { write_event(to, event, sent); };
    by_->say(nsp_, {.what = verb::emit, .data = data});
}

void emitter_operator::sockets_join(room_names rooms) const {
    by_->say(nsp_, {.what = verb::join, .options = &to_, .rooms = rooms.list()});
}

void emitter_operator::sockets_leave(room_names rooms) const {
    by_->say(nsp_, {.what = verb::leave, .options = &to_, .rooms = rooms.list()});
}

void emitter_operator::disconnect_sockets(bool close) const {
    by_->say(nsp_, {.what = verb::disconnect, .options = &to_, .close = close});
}

}  // namespace kedge
