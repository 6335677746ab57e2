#include <kedge/socketio/rooms/recovery.hpp>

#include <algorithm>
#include <charconv>
#include <utility>

namespace kedge {
namespace {

// How much of the log is looked through without letting others have it.
constexpr std::uint64_t stride = 1024;

std::optional<std::uint64_t> read_place(std::string_view text) {
    std::uint64_t place = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), place);
    return error == std::errc() && end == text.data() + text.size() ? std::optional(place) : std::nullopt;
}

}  // namespace

recovery::recovery(const recovery_options& settings, std::size_t workers, std::uint64_t first)
    : settings_(settings), last_number_(first), log_(settings_), sessions_(settings_), inboxes_(workers) {}

// --- events

std::string recovery::make_offset() {
    static constexpr std::string_view alphabet =
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_";
    auto number = last_number_.fetch_add(1, std::memory_order_relaxed);
    std::string text;
    for (; number != 0; number >>= 6U) text += alphabet[number & 63U];
    std::reverse(text.begin(), text.end());
    return text;
}

std::vector<unsigned> recovery::keep(packet_ptr packet, broadcast_options to, engine::time_point now,
                                     std::optional<unsigned> here) {
    std::vector<kept_ptr> gone;
    std::vector<unsigned> to_tell;
    const std::lock_guard hold(lock_);
    const auto kept = log_.append(std::move(packet), std::move(to), now, gone);
    for (unsigned index = 0; index < inboxes_.size(); ++index) {
        inboxes_[index].waiting.push_back({kept, {}});
        if (index != here && !std::exchange(inboxes_[index].told, true)) to_tell.push_back(index);
    }
    return to_tell;
}

void recovery::keep_for(const std::string& id, packet_ptr packet, const broadcast_flags& flags,
                        engine::time_point now, unsigned here) {
    std::vector<kept_ptr> gone;
    const std::lock_guard hold(lock_);
    inboxes_[here].waiting.push_back({log_.append(std::move(packet), {{id}, {}, flags}, now, gone), id});
}

std::optional<recovery::delivery> recovery::next(unsigned here) {
    const std::lock_guard hold(lock_);
    auto& mine = inboxes_[here];
    mine.current.reset();
    mine.told = false;
    if (mine.waiting.empty()) return std::nullopt;
    auto taken = std::move(mine.waiting.front());
    mine.waiting.pop_front();
    mine.current = taken.kept->place;
    return taken;
}

std::uint64_t recovery::position(unsigned here) const {
    const std::lock_guard hold(lock_);
    const auto& mine = inboxes_[here];
    if (mine.current) return *mine.current;
    return mine.waiting.empty() ? log_.end() : mine.waiting.front().kept->place;
}

// --- sessions

void recovery::enrol(const std::string& pid, address where) {
    const std::lock_guard hold(lock_);
    connected_[pid] = std::move(where);
}

void recovery::withdraw(const std::string& pid, const address& where) {
    const std::lock_guard hold(lock_);
    const auto found = connected_.find(pid);
    if (found != connected_.end() && found->second == where) connected_.erase(found);
}

void recovery::persist(stored_session session, engine::time_point now) {
    const std::lock_guard hold(lock_);
    sessions_.put(std::move(session), now);
}

recovery::discovery recovery::find(std::string_view pid, std::string_view offset, engine::time_point now) {
    const std::lock_guard hold(lock_);
    auto session = sessions_.take(pid, now);
    if (!session) {
        const auto found = connected_.find(std::string(pid));
        return {std::nullopt, found != connected_.end() ? std::optional(found->second) : std::nullopt};
    }
    const auto from = beginning_of(*session, offset);
    if (!from) return {};
    session->offset = offset;
    session->from = std::to_string(*from);
    return {std::move(session), std::nullopt};
}

// Who has the last event that was written to its socket has missed only what came after it left, even when
// that event is so old that it is no longer kept; who was written nothing as well, whatever its client still
// knows of a socket that it had before.
std::optional<std::uint64_t> recovery::beginning_of(const stored_session& session,
                                                    std::string_view offset) const {
    const auto if_kept = [this](std::string_view name) {
        const auto place = read_place(name);
        return place && *place >= log_.begin() ? place : std::nullopt;
    };
    if (session.offset.empty() && !session.from.empty()) return if_kept(session.from);
    if (offset.empty()) return if_kept(session.began);
    if (const auto last = log_.find(offset))
        return std::max(*last + 1, read_place(session.began).value_or(0));
    return session.offset == offset ? if_kept(session.from) : std::nullopt;
}

recovery::progress recovery::collect(unsigned here, std::uint64_t& from, const session_filter& who,
                                     std::vector<packet_ptr>& into) const {
    const std::lock_guard hold(lock_);
    const auto& mine = inboxes_[here];
    if (mine.current || !mine.waiting.empty()) return progress::behind;
    if (from < log_.begin()) return progress::lost;
    const auto until = std::min(log_.end(), from + stride);
    for (; from < until; ++from) {
        const auto& each = log_.at(from);
        if (who.concerns(each.to)) into.push_back(each.packet);
    }
    return until == log_.end() ? progress::done : progress::more;
}

// --- forgetting

bool recovery::purge(engine::time_point now) {
    std::vector<kept_ptr> gone;
    const std::lock_guard hold(lock_);
    log_.purge(now, gone);
    sessions_.purge(now);
    return log_.begin() != log_.end() || sessions_.size() != 0;
}

}  // namespace kedge
