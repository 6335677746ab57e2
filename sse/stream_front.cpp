#include <kedge/sse/stream_front.hpp>

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <kedge/transports/http/connection.hpp>
#include <kedge/transports/http/http_share.hpp>

namespace kedge::sse {

using transports::connection;

stream_front::stream_front(transports::http_share& home, std::shared_ptr<service> of)
    : home_(home), of_(std::move(of)) {}

stream_front::~stream_front() = default;

bool stream_front::serves(const engine::request& asked) const noexcept {
    return asked.path() == of_->path;
}

void stream_front::admit(connection& at) {
    const engine::request_ptr asked = at.request();
    if (!of_->terms.cors_origin.empty()) {
        at.headers().set("Access-Control-Allow-Origin", of_->terms.cors_origin);
        at.headers().vary("Origin");
    }
    if (asked->method() != "GET") {
        at.headers().set("Allow", "GET");
        return at.answer(405);
    }
    std::optional<std::vector<std::string>> rooms = std::vector<std::string>{};
    if (of_->choose) {
        rooms.reset();
        home_.home().guarded([&] { rooms = of_->choose(*asked); });
    }
    if (!rooms) return at.answer(403);
    if (home_.closing() || count_ >= of_->terms.max_streams) {
        at.close_after_answer();
        return at.answer(503);
    }
    at.headers().set("Content-Type", "text/event-stream");
    at.headers().set("Cache-Control", "no-store, no-transform");
    at.headers().set("X-Accel-Buffering", "no");
    std::string last_id(asked->find("last-event-id").value_or(""));
    if (last_id.empty()) last_id = asked->query("lastEventId").value_or("");
    auto made = std::make_unique<stream>(at, *of_->where, of_->terms, static_cast<stream_owner&>(*this));
    stream& one = *made;
    streams_.add(std::move(made));
    ++count_;
    of_->open.fetch_add(1, std::memory_order_relaxed);
    of_->opened.fetch_add(1, std::memory_order_relaxed);
    one.begin(std::move(*rooms), std::move(last_id));
}

void stream_front::on_end(stream& which) {
    --count_;
    of_->open.fetch_sub(1, std::memory_order_relaxed);
    home_.home().bury(streams_.take(which));
}

}  // namespace kedge::sse
