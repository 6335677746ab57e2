#include <kedge/stomp/broker.hpp>

#include <stdexcept>

#include <kedge/socketio/core/nsp_state.hpp>
#include <kedge/socketio/face/nsp.hpp>
#include <kedge/stomp/broker_front.hpp>
#include <kedge/transports/engineio/engine_server.hpp>

namespace kedge::stomp {

broker::broker(const nsp& topics, std::string path, options terms) : core_(std::make_shared<broker_core>()) {
    if (path.empty() || path.front() != '/' || path.back() == '/')
        throw std::invalid_argument("stomp: the path \"" + path +
                                    "\" begins with a slash and does not end with one");
    if (terms.max_body_bytes == 0 || terms.max_head_bytes == 0 || terms.heart_beat_tolerance == 0)
        throw std::invalid_argument("stomp: the limits of frames and heart_beat_tolerance are not 0");
    core_->path = std::move(path);
    core_->terms = terms;
    core_->topics = topics.state();
}

void broker::on_connect(std::function<void(connect_request)> decide) {
    core_->on_connect = std::move(decide);
}

void broker::on_subscribe(rule allows) {
    core_->may_subscribe = std::move(allows);
}

void broker::on_publish(rule allows) {
    core_->may_send = std::move(allows);
}

void broker::add(std::string destination, std::shared_ptr<event_handler> handler) {
    if (!destination.starts_with(app_prefix))
        throw std::invalid_argument("stomp: the destination \"" + destination +
                                    "\" does not begin with /app/");
    core_->handlers.insert_or_assign(std::move(destination), std::move(handler));
}

void broker::send_to_user(std::string_view user, std::string_view destination,
                          const outgoing_arguments& sent) const {
    broadcast_options to;
    to.rooms.push_back(user_room(user));
    core_->topics->emit(std::move(to), destination, sent);
}

void broker::attach(transports::engine_server& server) const {
    server.add_front(
        [of = core_](transports::http_share& home) { return std::make_unique<broker_front>(home, of); });
}

stomp::stats broker::stats() const {
    const auto& counted = core_->counted;
    stomp::stats now;
    now.opened = counted.opened.load(std::memory_order_relaxed);
    const std::uint64_t closed = counted.closed.load(std::memory_order_relaxed);
    now.clients = now.opened > closed ? now.opened - closed : 0;
    now.messages_in = counted.messages_in.load(std::memory_order_relaxed);
    now.messages_out = counted.messages_out.load(std::memory_order_relaxed);
    return now;
}

}  // namespace kedge::stomp
