#include <kedge/sockjs/front.hpp>

#include <stdexcept>
#include <utility>

#include <kedge/sockjs/service.hpp>
#include <kedge/sockjs/service_front.hpp>
#include <kedge/transports/server/engine_server.hpp>

namespace kedge::sockjs {

namespace {

void check(const std::string& prefix, const options& terms) {
    if (!prefix.empty() && (prefix.front() != '/' || prefix.back() == '/'))
        throw std::invalid_argument("sockjs: the prefix \"" + prefix +
                                    "\" begins with a slash and does not end with one");
    if (terms.heartbeat_delay.count() <= 0 || terms.disconnect_delay.count() <= 0)
        throw std::invalid_argument("sockjs: heartbeat_delay and disconnect_delay are longer than nothing");
    if (terms.response_limit == 0) throw std::invalid_argument("sockjs: response_limit is not 0");
    if (terms.max_message_bytes == 0 || terms.max_sessions == 0 || terms.max_kept_bytes == 0)
        throw std::invalid_argument("sockjs: max_message_bytes, max_sessions and max_kept_bytes are not 0");
}

}  // namespace

front::front(std::string prefix, options terms) : service_(std::make_shared<service>()) {
    check(prefix, terms);
    service_->prefix = std::move(prefix);
    service_->terms = std::move(terms);
}

void front::on_connection(std::function<void(client)> opened) {
    service_->on_connection = std::move(opened);
}

void front::on_protocols(std::function<std::string(const std::vector<std::string>&)> choose) {
    service_->choose_protocol = std::move(choose);
}

void front::attach(transports::engine_server& server) const {
    server.add_front(
        [of = service_](transports::http_share& home) { return std::make_unique<service_front>(home, of); });
}

namespace {

sockjs::stats stats_of(const service& which) {
    const auto& counted = which.counted;
    sockjs::stats now;
    now.opened = counted.opened.load(std::memory_order_relaxed);
    const std::uint64_t closed = counted.closed.load(std::memory_order_relaxed);
    now.clients = now.opened > closed ? now.opened - closed : 0;
    now.messages_in = counted.messages_in.load(std::memory_order_relaxed);
    now.messages_out = counted.messages_out.load(std::memory_order_relaxed);
    now.refused = counted.refused.load(std::memory_order_relaxed);
    return now;
}

}  // namespace

sockjs::stats front::stats() const {
    return stats_of(*service_);
}

transports::figure_source front::figures() const {
    return [of = service_] {
        const sockjs::stats now = stats_of(*of);
        const std::string path = transports::figure_label("path", of->prefix);
        return std::vector<transports::figure>{
            {"sockjs_clients", "gauge", "SockJS clients that are connected.", path, now.clients},
            {"sockjs_clients_opened_total", "counter", "SockJS clients that came.", path, now.opened},
            {"sockjs_messages_received_total", "counter", "Messages of SockJS clients.", path,
             now.messages_in},
            {"sockjs_messages_sent_total", "counter", "Messages to SockJS clients.", path, now.messages_out},
            {"sockjs_refused_total", "counter", "Requests of other origins, and sessions without room.", path,
             now.refused},
        };
    };
}

}  // namespace kedge::sockjs
