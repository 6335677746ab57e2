#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <kedge/engine/function.hpp>
#include <kedge/socketio/rooms/stored_session.hpp>
#include <kedge/socketio/wire/broadcast_packet.hpp>

namespace kedge {

class adapter;

/// A guest that comes back, and names the last event that it has. No answer comes when this has gone. Lives
/// on the guest's thread.
class guest_return {
  public:
    using answer = engine::unique_function<void(const std::optional<std::vector<packet_ptr>>&)>;

    guest_return() = default;
    ~guest_return() { forget(); }
    guest_return(const guest_return&) = delete;
    guest_return& operator=(const guest_return&) = delete;

    /// Asks an adapter that recovers what was sent to the guest's rooms since the event of that offset.
    /// `done` is told the events in order, or nothing where some are no longer kept: now or later, once. What
    /// this worker delivers afterwards is later than these. The guest's pid is one that nobody else can know.
    void ask(adapter& of, stored_session guest, std::string offset, answer done);
    /// Wants no answer any more.
    void forget() noexcept;
    bool waits() const noexcept { return self_ != nullptr; }

  private:
    void tell(const std::optional<std::vector<packet_ptr>>& missed);

    std::shared_ptr<guest_return*> self_;  // while it waits
    answer done_;
};

}  // namespace kedge
