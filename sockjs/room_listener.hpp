#pragma once

#include <memory>
#include <string_view>

#include <kedge/socketio/rooms/guest.hpp>

namespace kedge {
class nsp_share;
class nsp_state;
}  // namespace kedge

namespace kedge::sockjs {

class member;

/// Keeps the namespace, and with it the index that a listener stands in, for longer than the listener.
struct where_keeper {
    std::shared_ptr<nsp_state> where_;
};

/// A member in the rooms of one namespace. It stands in their index exactly as long as it lives.
class room_listener final : private where_keeper, public guest {
  public:
    /// On the member's thread, which is a worker of the namespace's server.
    room_listener(member& who, std::shared_ptr<nsp_state> where);
    ~room_listener();

    bool hears(const nsp_state& where) const noexcept { return where_.get() == &where; }
    void join(std::string_view room);
    void leave(std::string_view room);
    /// Hears nothing from now on; destroyed when nobody can be telling it something.
    void stop() noexcept;

  private:
    void hear(const broadcast_packet& packet, const broadcast_flags& flags) override;

    member& who_;
    nsp_share& share_;
    bool stopped_ = false;
};

}  // namespace kedge::sockjs
