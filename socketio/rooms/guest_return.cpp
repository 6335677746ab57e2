#include <kedge/socketio/rooms/guest_return.hpp>

#include <utility>

#include <kedge/socketio/rooms/adapter.hpp>

namespace kedge {

/// A guest that returns has left no session behind: one is left in its name that has had nothing since its
/// last event, and taken back with the place in the log that this has.
void guest_return::ask(adapter& of, stored_session guest, std::string offset, answer done) {
    forget();
    self_ = std::make_shared<guest_return*>(this);
    done_ = std::move(done);
    std::string pid = guest.pid;
    guest.began = offset;
    of.persist_session(std::move(guest));
    of.restore_session(
        std::move(pid), std::move(offset), [self = self_, &of](std::optional<stored_session> found) {
            if (!*self) return;
            if (!found) return (*self)->tell(std::nullopt);
            of.missed_packets(*found, [self](const std::optional<std::vector<packet_ptr>>& missed) {
                if (*self) (*self)->tell(missed);
            });
        });
}

void guest_return::forget() noexcept {
    if (self_) *self_ = nullptr;
    self_.reset();
}

void guest_return::tell(const std::optional<std::vector<packet_ptr>>& missed) {
    forget();
    answer done = std::move(done_);
    done(missed);
}

}  // namespace kedge
