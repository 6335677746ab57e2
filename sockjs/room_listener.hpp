#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <kedge/socketio/rooms/guest.hpp>

namespace kedge {
class nsp_share;
class nsp_state;
}  // namespace kedge

namespace kedge::sockjs {

class client_end;

/// Keeps the namespace, and with it the index that a listener stands in, for longer than the listener.
struct where_keeper {
    std::shared_ptr<nsp_state> where_;
};

/// A client in the rooms of one namespace. It stands in their index exactly as long as it lives.
class room_listener final : private where_keeper, public guest {
  public:
    /// `name`: how the client is called. On its thread, which is a worker of the namespace's server.
    room_listener(client_end& who, const std::string& name, std::shared_ptr<nsp_state> where);
    ~room_listener();

    bool hears(const nsp_state& where) const noexcept { return where_.get() == &where; }
    void join(std::string_view room);
    void leave(std::string_view room);
    /// Hears nothing from now on; destroyed when nobody can be telling it something.
    void stop() noexcept;

  private:
    void hear(const broadcast_packet& packet, const broadcast_flags& flags) override;

    client_end& who_;
    nsp_share& share_;
    bool stopped_ = false;
};

}  // namespace kedge::sockjs
