#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kedge/socketio/rooms/guest.hpp>
#include <kedge/socketio/rooms/guest_return.hpp>
#include <kedge/stomp/session/session.hpp>

namespace kedge {
class adapter;
class nsp_share;
class nsp_state;
}  // namespace kedge

namespace kedge::stomp {

class client_end;

/// One subscription of a client in the room of its destination. It stands in the index of rooms exactly as
/// long as it is not stopped.
class topic_listener final : public guest {
  public:
    /// `name`: how the client is called. `only`: of the events of the room, the one that it hears; empty:
    /// all. On the client's thread. Hears nothing yet.
    topic_listener(client_end& who, const std::string& name, nsp_state& where, const subscription& of,
                   std::string_view only);
    ~topic_listener();

    /// Hears the room from now on.
    void listen(const std::string& room);
    /// The same behind what was sent to it since the event of that offset, as far as it is kept, when
    /// resume() is called. `errand`: of the client's frame, which is settled then.
    void come_back(std::string room, std::string offset, std::uint64_t errand);
    /// Asks for what was missed. `pid`: unguessable.
    void resume(adapter& from, std::string pid);
    /// The errand of a return that is not over.
    std::optional<std::uint64_t> errand() const noexcept;

    const std::string& subscription_id() const noexcept { return of_.id; }
    /// Hears nothing from now on; destroyed when nobody can be telling it something.
    void stop() noexcept;

  private:
    void hear(const broadcast_packet& packet, const broadcast_flags& flags) override;

    /// A return that is not over.
    struct returning {
        std::string room;
        std::string offset;
        std::uint64_t errand;
        guest_return asked{};
    };

    void catch_up(const std::optional<std::vector<packet_ptr>>& missed);

    client_end& who_;
    nsp_share& share_;
    subscription of_;
    std::string only_;
    std::unique_ptr<returning> return_;
    bool stopped_ = false;
};

}  // namespace kedge::stomp
