#include <kedge/stomp/broker.hpp>

#include <stdexcept>

#include <kedge/socketio/core/nsp_state.hpp>
#include <kedge/socketio/face/nsp.hpp>
#include <kedge/sockjs/front.hpp>
#include <kedge/stomp/broker_front.hpp>
#include <kedge/stomp/relay_core.hpp>
#include <kedge/stomp/sockjs_member.hpp>
#include <kedge/transports/server/engine_server.hpp>

namespace kedge::stomp {

broker::broker(const nsp& topics, std::string path, options terms) : core_(std::make_shared<broker_core>()) {
    if (path.empty() || path.front() != '/' || path.back() == '/')
        throw std::invalid_argument("stomp: the path \"" + path +
                                    "\" begins with a slash and does not end with one");
    if (terms.max_body_bytes == 0 || terms.max_head_bytes == 0 || terms.heart_beat_tolerance == 0)
        throw std::invalid_argument("stomp: the limits of frames and heart_beat_tolerance are not 0");
    core_->path = std::move(path);
    const std::string& dead = terms.queues.dead_letters;
    if (!dead.empty() && !below(dead, queue_prefix))
        throw std::invalid_argument("stomp: dead_letters \"" + dead + "\" does not begin with /queue/");
    if (terms.queues.max_deliveries == 0 || terms.queues.max_unsettled == 0)
        throw std::invalid_argument("stomp: max_deliveries and max_unsettled are not 0");
    core_->topics = topics.state();
    core_->queues = std::make_shared<queue_desk>(core_->topics->keep_owner(), terms.queues);
    core_->terms = std::move(terms);
}

broker::broker(const nsp& topics, std::string path, options terms, relay_options to)
    : broker(topics, std::move(path), std::move(terms)) {
    core_->relay = std::make_shared<relay_core>(std::move(to), core_->terms);
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

void broker::send_to_queue(std::string_view destination, const outgoing_arguments& sent) const {
    if (!below(destination, queue_prefix))
        throw std::invalid_argument("stomp: the destination \"" + std::string(destination) +
                                    "\" does not begin with /queue/");
    if (core_->relay && core_->relay->takes(destination))
        return core_->relay->send(std::string(destination),
                                  {{"content-type", "application/json"}, {"persistent", "true"}},
                                  write_body(sent));
    core_->queues->put(std::string(destination), keep(write_body(sent)));
}

void broker::over(sockjs::front& service) const {
    service.on_protocols(chosen_protocol);
    service.on_connection([of = core_](const sockjs::client& from) { sockjs_member::begin(of, from); });
}

void broker::attach(transports::engine_server& server) const {
    server.add_front(
        [of = core_](transports::http_share& home) { return std::make_unique<broker_front>(home, of); });
}

namespace {

stomp::stats stats_of(const broker_core& of) {
    const auto& counted = of.counted;
    stomp::stats now;
    now.opened = counted.opened.load(std::memory_order_relaxed);
    const std::uint64_t closed = counted.closed.load(std::memory_order_relaxed);
    now.clients = now.opened > closed ? now.opened - closed : 0;
    now.messages_in = counted.messages_in.load(std::memory_order_relaxed);
    now.messages_out = counted.messages_out.load(std::memory_order_relaxed);
    now.errors = counted.errors.load(std::memory_order_relaxed);
    const auto& kept = of.queues->counted();
    now.queued = kept.messages.load(std::memory_order_relaxed);
    now.queued_bytes = kept.bytes.load(std::memory_order_relaxed);
    now.queue_refused = kept.refused.load(std::memory_order_relaxed);
    now.queue_given_up = kept.given_up.load(std::memory_order_relaxed);
    return now;
}

void append_figures(std::vector<transports::figure>& to, const relay_figures& counted,
                    const std::string& path) {
    const std::uint64_t closed = counted.closed.load(std::memory_order_relaxed);
    const std::uint64_t opened = counted.opened.load(std::memory_order_relaxed);
    const auto add = [&](const char* name, const char* kind, const char* help, std::uint64_t value) {
        to.push_back({name, kind, help, path, value});
    };
    add("stomp_broker_available", "gauge", "Whether the broker behind the relay is there.",
        counted.available);
    add("stomp_broker_clients", "gauge", "Clients with a connection to the broker.",
        opened > closed ? opened - closed : 0);
    add("stomp_broker_failures_total", "counter", "Connections to the broker that failed.", counted.failures);
    add("stomp_broker_passed_on_total", "counter", "Messages to the broker.", counted.passed_on);
    add("stomp_broker_heard_total", "counter", "Messages of the broker.", counted.heard);
    add("stomp_broker_dropped_total", "counter", "Messages that did not reach the broker.", counted.dropped);
}

}  // namespace

stomp::stats broker::stats() const {
    return stats_of(*core_);
}

transports::figure_source broker::figures() const {
    return [of = core_] {
        const stomp::stats now = stats_of(*of);
        const std::string path = transports::figure_label("path", of->path);
        std::vector<transports::figure> all{
            {"stomp_clients", "gauge", "STOMP clients that are in.", path, now.clients},
            {"stomp_clients_opened_total", "counter", "STOMP clients that came in.", path, now.opened},
            {"stomp_errors_total", "counter", "STOMP clients that were told an ERROR.", path, now.errors},
            {"stomp_messages_received_total", "counter", "SEND frames.", path, now.messages_in},
            {"stomp_messages_sent_total", "counter", "MESSAGE frames.", path, now.messages_out},
            {"stomp_queued_messages", "gauge", "Messages that queues keep.", path, now.queued},
            {"stomp_queued_bytes", "gauge", "Bytes of messages that queues keep.", path, now.queued_bytes},
            {"stomp_queue_refused_total", "counter", "Messages for which a queue had no room.", path,
             now.queue_refused},
            {"stomp_queue_given_up_total", "counter", "Messages that no consumer took.", path,
             now.queue_given_up},
        };
        if (of->relay) append_figures(all, of->relay->counted, path);
        return all;
    };
}

}  // namespace kedge::stomp
