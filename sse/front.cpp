#include <kedge/sse/front.hpp>

#include <stdexcept>
#include <utility>

#include <kedge/socketio/face/nsp.hpp>
#include <kedge/sse/stream_front.hpp>
#include <kedge/transports/server/engine_server.hpp>

namespace kedge::sse {

front::front(const nsp& where, std::string path, options terms) : service_(std::make_shared<service>()) {
    if (path.empty() || path.front() != '/')
        throw std::invalid_argument("sse: the path \"" + path + "\" begins with a slash");
    if (terms.heart_beat.count() <= 0 || terms.retry.count() < 0)
        throw std::invalid_argument("sse: heart_beat is longer than nothing, and retry not negative");
    service_->where = where.state();
    service_->path = std::move(path);
    service_->terms = std::move(terms);
}

void front::rooms(room_choice choose) {
    service_->choose = std::move(choose);
}

void front::attach(transports::engine_server& server) const {
    server.add_front(
        [of = service_](transports::http_share& home) { return std::make_unique<stream_front>(home, of); });
}

std::size_t front::streams() const noexcept {
    return service_->open.load(std::memory_order_relaxed);
}

transports::figure_source front::figures() const {
    return [of = service_] {
        const std::string path = transports::figure_label("path", of->path);
        return std::vector<transports::figure>{
            {"sse_streams", "gauge", "Streams of events that are open.", path,
             of->open.load(std::memory_order_relaxed)},
            {"sse_streams_opened_total", "counter", "Streams of events that were opened.", path,
             of->opened.load(std::memory_order_relaxed)},
            {"sse_events_sent_total", "counter", "Events sent on streams.", path,
             of->events.load(std::memory_order_relaxed)},
        };
    };
}

}  // namespace kedge::sse
