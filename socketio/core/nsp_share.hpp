#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include <kedge/socketio/events/event_table.hpp>
#include <kedge/socketio/events/published.hpp>
#include <kedge/socketio/rooms/broadcast_options.hpp>
#include <kedge/socketio/rooms/room_events.hpp>
#include <kedge/socketio/rooms/room_index.hpp>

namespace kedge {

class desk;
class nsp_state;

/// What one worker holds of a namespace: its own sockets and their rooms. Touched on that worker's thread
/// only.
class nsp_share final {
  public:
    /// `told`: who is told of rooms that come to this worker, go from it and change.
    nsp_share(nsp_state& of, desk& home, room_watch& told, const published<shared_event_table>& handlers);

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

    /// From any thread.
    std::size_t size() const noexcept { return rooms_.present_count(); }
    bool has_room(std::string_view room) const noexcept {
        return rooms_.room_size(room) != 0 || guests_.room_size(room) != 0;
    }

    /// Calls `visit(room_member&)` for each member of an index that is present and meant. Members may leave
    /// meanwhile.
    template <class Visit>
    void each(room_index& among, const broadcast_options& which, Visit&& visit) {
        auto chosen = take_scratch();
        among.select(which.rooms, which.except, chosen);
        for (auto* one : chosen) visit(*one);
        scratch_ = std::move(chosen);
    }

  private:
    /// What one of the indexes tells; a room that the other one has as well has not come, and is not gone.
    class teller final : public room_events {
      public:
        teller(room_watch& told, const room_index& sockets, const room_index& other) noexcept
            : told_(told), sockets_(sockets), other_(other) {}

      private:
        void on_create_room(std::string_view room) override;
        void on_join_room(std::string_view room, std::string_view id) override;
        void on_leave_room(std::string_view room, std::string_view id) override;
        void on_delete_room(std::string_view room) override;

        room_watch& told_;
        const room_index& sockets_;
        const room_index& other_;
    };

    std::vector<room_member*> take_scratch() noexcept;

    nsp_state& of_;
    desk& home_;
    event_names names_;
    teller of_sockets_;
    teller of_guests_;
    room_index rooms_;
    room_index guests_;
    subscription<shared_event_table> handlers_;
    std::vector<room_member*> scratch_;
};

}  // namespace kedge
