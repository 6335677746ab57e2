#include <kedge/sse/stream.hpp>

#include <algorithm>
#include <optional>
#include <utility>

#include <kedge/engine/sid.hpp>
#include <kedge/socketio/core/hub.hpp>
#include <kedge/socketio/core/nsp_share.hpp>
#include <kedge/socketio/core/nsp_state.hpp>
#include <kedge/socketio/rooms/adapter.hpp>
#include <kedge/sse/event_text.hpp>
#include <kedge/transports/http/connection.hpp>
#include <kedge/transports/http/http_share.hpp>
#include <kedge/transports/net/random_openssl.hpp>

namespace kedge::sse {

using transports::connection;

namespace {

// Some polyfills for old browsers show nothing before so much has come.
constexpr std::size_t padding = 2048;

std::string make_id() {
    transports::random_openssl random;
    return engine::sid_source(random, 0).next();
}

}  // namespace

stream::stream(connection& at, nsp_state& where, const options& terms, stream_owner& owner)
    : guest(where.share(*where.owner().here()).guests(), make_id()),
      at_(&at),
      home_(at.home()),
      where_(where),
      share_(where.share(*where.owner().here())),
      terms_(terms),
      owner_(owner),
      beat_(engine::timer::calls<&stream::on_beat, stream>(), this) {}

stream::~stream() {
    if (at_) at_->abandon();
}

void stream::begin(std::vector<std::string> rooms, std::string last_id) {
    if (!at_->begin_stream(200, *this)) return finish();
    std::string text = "retry: " + std::to_string(terms_.retry.count()) + "\n\n";
    if (at_->request()->query("padding")) append_comment(text, std::string(padding, ' '));
    write(text);
    if (!at_) return;
    home_.home().timers().arm_about(beat_, engine::later(home_.home().now(), terms_.heart_beat),
                                    home_.home().now());
    if (last_id.empty() || !where_.adapter().recovers()) return listen(rooms);
    catch_up(std::move(rooms), std::move(last_id));
}

void stream::catch_up(std::vector<std::string> rooms, std::string last_id) {
    stored_session left{.sid = id(), .pid = make_id(), .rooms = rooms, .data = {}};
    return_.ask(where_.adapter(), std::move(left), std::move(last_id),
                [this, rooms = std::move(rooms)](const auto& missed) { resume(rooms, missed); });
}

void stream::resume(const std::vector<std::string>& rooms,
                    const std::optional<std::vector<packet_ptr>>& missed) {
    if (missed) {
        for (const packet_ptr& each : *missed) hear(*each, {});
    }
    if (at_) listen(rooms);
}

void stream::listen(const std::vector<std::string>& rooms) {
    for (const std::string& each : rooms) share_.guests().join(*this, each);
    share_.guests().present(*this);
}

bool stream::wanted(std::string_view name) const noexcept {
    return terms_.events.empty() ||
           std::find(terms_.events.begin(), terms_.events.end(), name) != terms_.events.end();
}

void stream::hear(const broadcast_packet& packet, const broadcast_flags&) {
    if (!at_) return;
    const std::string_view name = packet.data()[0].as_string();
    if (!wanted(name)) return;
    std::string text;
    append_event(text, {.name = name, .id = packet.offset(), .data = packet.arguments_json()});
    owner_.on_event();
    write(text);
}

void stream::write(std::string_view text) {
    if (at_->write_piece(text)) return;
    at_ = nullptr;  // it takes too little, and was cut
    finish();
}

void stream::on_beat(engine::time_point now) {
    home_.home().timers().arm_about(beat_, engine::later(now, terms_.heart_beat), now);
    std::string text;
    append_comment(text, {});
    if (at_) write(text);
}

void stream::on_gone(connection&) {
    at_ = nullptr;
    finish();
}

void stream::wind_up() {
    if (connection* const open = std::exchange(at_, nullptr)) {
        open->close_after_answer();
        open->end_stream();
        finish();
    }
}

void stream::finish() {
    at_ = nullptr;
    beat_.disarm();
    share_.guests().remove(*this);
    owner_.on_end(*this);
}

}  // namespace kedge::sse
