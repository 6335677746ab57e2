#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

#include <kedge/socketio/events/event_table.hpp>
#include <kedge/socketio/events/published.hpp>
#include <kedge/socketio/rooms/adapter.hpp>
#include <kedge/socketio/rooms/room_index.hpp>

namespace kedge {

class desk;
class nsp_state;
class guest;
class socket_state;

/// What one worker holds of a namespace: its own sockets and their rooms. Touched on that worker's thread
/// only.
class nsp_share final : private room_events {
  public:
    nsp_share(nsp_state& of, desk& home);

    nsp_state& of() noexcept { return of_; }
    desk& home() noexcept { return home_; }
    room_index& rooms() noexcept { return rooms_; }
    /// Those who are no sockets, in rooms of the same names.
    room_index& guests() noexcept { return guests_; }
    event_names& names() noexcept { return names_; }
    /// Handlers registered once for all sockets.
    const std::shared_ptr<const shared_event_table>& handlers() { return handlers_.current(); }

    /// Lets go of handlers that are registered no more.
    void refresh() { (void)handlers(); }

    /// The connected socket of this id, or null.
    socket_state* find(std::string_view id) const noexcept;
    /// The same, of one that has not entered yet as well.
    socket_state* find_coming(std::string_view id) const noexcept;
    std::size_t size() const noexcept { return rooms_.present_count(); }

    /// Calls `visit(socket_state&)` for each connected socket that is meant. Sockets may leave meanwhile.
    template <class Visit>
    void each(const broadcast_options& which, Visit&& visit) {
        auto chosen = take_scratch();
        rooms_.select(which.rooms, which.except, chosen);
        for (auto* one : chosen) visit(as_socket(*one));
        scratch_ = std::move(chosen);
    }

    /// Sends a packet to those that are meant, guests included.
    void deliver(const broadcast_packet& packet, const broadcast_options& to);

  private:
    static socket_state& as_socket(room_member& who) noexcept;
    std::vector<room_member*> take_scratch() noexcept;
    void tell_guests(const broadcast_packet& packet, const broadcast_options& to);

    void on_create_room(std::string_view room) override;
    void on_join_room(std::string_view room, std::string_view id) override;
    void on_leave_room(std::string_view room, std::string_view id) override;
    void on_delete_room(std::string_view room) override;

    nsp_state& of_;
    desk& home_;
    event_names names_;
    room_index rooms_;
    room_index guests_;
    subscription<shared_event_table> handlers_;
    std::vector<room_member*> scratch_;
};

}  // namespace kedge
