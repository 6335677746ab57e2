#include <kedge/socketio/rooms/session_store.hpp>

#include <utility>

#include <kedge/socketio/value/tape.hpp>
#include <kedge/socketio/value/value_memory.hpp>

namespace kedge {
namespace {

constexpr std::size_t session_overhead = 512;

std::size_t size_of(const stored_session& who) {
    std::size_t sum =
        session_overhead + who.sid.size() + who.pid.size() + who.offset.size() + who.from.size();
    for (const auto& room : who.rooms) sum += sizeof(std::string) + room.size();
    tape laid_out;
    who.data.write(laid_out);
    return sum + memory_of(laid_out.root());
}

}  // namespace

void session_store::put(stored_session session, engine::time_point now) {
    if (const auto found = by_pid_.find(session.pid); found != by_pid_.end()) remove(found->second);
    const std::size_t size = size_of(session);
    if (settings_.max_stored_sessions == 0 || size > settings_.max_stored_session_bytes) return;
    while (kept_.size() >= settings_.max_stored_sessions ||
           bytes_ + size > settings_.max_stored_session_bytes)
        remove(kept_.begin());
    std::list<kept_session> made;  // joins the others when it is known by its pid: memory may run out between
    made.push_back({std::move(session), now, size});
    by_pid_.emplace(made.front().session.pid, made.begin());
    kept_.splice(kept_.end(), made);
    bytes_ += size;
}

std::optional<stored_session> session_store::take(std::string_view pid, engine::time_point now) {
    const auto found = by_pid_.find(pid);
    if (found == by_pid_.end()) return std::nullopt;
    const auto which = found->second;
    by_pid_.erase(found);
    bytes_ -= which->size;
    std::optional<stored_session> taken;
    if (!too_old(*which, now)) taken = std::move(which->session);
    kept_.erase(which);
    return taken;
}

void session_store::purge(engine::time_point now) {
    while (!kept_.empty() && too_old(kept_.front(), now)) remove(kept_.begin());
}

bool session_store::too_old(const kept_session& which, engine::time_point now) const noexcept {
    return now - which.since > settings_.max_disconnection_duration;
}

void session_store::remove(position which) {
    by_pid_.erase(which->session.pid);
    bytes_ -= which->size;
    kept_.erase(which);
}

}  // namespace kedge
