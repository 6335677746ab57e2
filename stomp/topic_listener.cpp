#include <kedge/stomp/topic_listener.hpp>

#include <utility>

#include <kedge/socketio/core/hub.hpp>
#include <kedge/socketio/core/nsp_share.hpp>
#include <kedge/socketio/core/nsp_state.hpp>
#include <kedge/socketio/wire/broadcast_packet.hpp>
#include <kedge/stomp/client_end.hpp>

namespace kedge::stomp {

topic_listener::topic_listener(client_end& who, const std::string& name, nsp_state& where,
                               const subscription& of, std::string_view only)
    : guest(where.share(*where.owner().here()).guests(), name + '\n' + of.id),
      who_(who),
      share_(where.share(*where.owner().here())),
      of_(of),
      only_(only) {}

topic_listener::~topic_listener() {
    stop();
}

void topic_listener::listen(const std::string& room) {
    share_.guests().join(*this, room);
    share_.guests().present(*this);
}

void topic_listener::come_back(std::string room, std::string offset, std::uint64_t errand) {
    return_ = std::make_unique<returning>();
    return_->room = std::move(room);
    return_->offset = std::move(offset);
    return_->errand = errand;
}

void topic_listener::resume(adapter& from, std::string pid) {
    stored_session left{.sid = id(), .pid = std::move(pid), .rooms = {return_->room}, .data = {}};
    return_->asked.ask(from, std::move(left), return_->offset,
                       [this](const auto& missed) { catch_up(missed); });
}

void topic_listener::catch_up(const std::optional<std::vector<packet_ptr>>& missed) {
    const std::unique_ptr<returning> over = std::move(return_);
    if (missed) {
        for (const packet_ptr& each : *missed) hear(*each, {});
    }
    if (!stopped_) listen(over->room);
    who_.settle(over->errand, std::nullopt);
}

std::optional<std::uint64_t> topic_listener::errand() const noexcept {
    return return_ ? std::optional(return_->errand) : std::nullopt;
}

void topic_listener::stop() noexcept {
    if (std::exchange(stopped_, true)) return;
    share_.guests().remove(*this);
    return_.reset();
}

void topic_listener::hear(const broadcast_packet& packet, const broadcast_flags&) {
    if (stopped_) return;
    if (only_.empty() || packet.data()[0].as_string() == only_) who_.hear(of_, packet);
}

}  // namespace kedge::stomp
