#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <kedge/socketio/rooms/guest.hpp>
#include <kedge/stomp/session.hpp>

namespace kedge {
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
    /// all. On the client's thread.
    topic_listener(client_end& who, const std::string& name, nsp_state& where, const subscription& of,
                   std::string_view room, std::string_view only);
    ~topic_listener();

    const std::string& subscription_id() const noexcept { return of_.id; }
    /// Hears nothing from now on; destroyed when nobody can be telling it something.
    void stop() noexcept;

  private:
    void hear(const broadcast_packet& packet, const broadcast_flags& flags) override;

    client_end& who_;
    nsp_share& share_;
    subscription of_;
    std::string only_;
    bool stopped_ = false;
};

}  // namespace kedge::stomp
