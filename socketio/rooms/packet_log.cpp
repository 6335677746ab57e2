#include <kedge/socketio/rooms/packet_log.hpp>

#include <algorithm>
#include <utility>

namespace kedge {
namespace {

constexpr std::size_t bookkeeping = 256;

std::size_t size_of(const broadcast_packet& packet, const broadcast_options& to) {
    std::size_t sum = bookkeeping;
    for (const auto& part : packet.parts()) sum += part->data().size();
    for (const auto& room : to.rooms) sum += sizeof(std::string) + room.size();
    for (const auto& room : to.except) sum += sizeof(std::string) + room.size();
    return sum;
}

}  // namespace

session_filter::session_filter(const stored_session& who) : rooms_(who.rooms.begin(), who.rooms.end()) {
    rooms_.insert(who.sid);
}

bool session_filter::concerns(const broadcast_options& to) const {
    const auto is_in = [this](const std::string& room) { return in(room); };
    return (to.rooms.empty() || std::any_of(to.rooms.begin(), to.rooms.end(), is_in)) &&
           std::none_of(to.except.begin(), to.except.end(), is_in);
}

kept_ptr packet_log::append(packet_ptr packet, broadcast_options to, engine::time_point now,
                            std::vector<kept_ptr>& gone) {
    purge(now, gone);
    const std::size_t size = size_of(*packet, to);
    while (!kept_.empty() && too_much(size)) drop_first(gone);
    auto made =
        std::make_shared<const kept_packet>(kept_packet{end_, std::move(packet), std::move(to), now, size});
    kept_.push_back(made);
    places_.emplace(made->packet->offset(), end_++);
    bytes_ += size;
    return made;
}

void packet_log::purge(engine::time_point now, std::vector<kept_ptr>& gone) {
    while (!kept_.empty() && now - kept_.front()->since > settings_.max_disconnection_duration)
        drop_first(gone);
}

std::optional<std::uint64_t> packet_log::find(std::string_view offset) const {
    const auto found = places_.find(offset);
    return found != places_.end() ? std::optional(found->second) : std::nullopt;
}

bool packet_log::too_much(std::size_t more) const noexcept {
    return kept_.size() >= settings_.max_stored_packets || bytes_ + more > settings_.max_stored_bytes;
}

void packet_log::drop_first(std::vector<kept_ptr>& gone) {
    auto& first = kept_.front();
    bytes_ -= first->size;
    places_.erase(first->packet->offset());
    gone.push_back(std::move(first));
    kept_.pop_front();
}

}  // namespace kedge
