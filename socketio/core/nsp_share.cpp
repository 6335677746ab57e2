#include <kedge/socketio/core/nsp_share.hpp>

#include <utility>

namespace kedge {

nsp_share::nsp_share(nsp_state& of, desk& home, room_watch& told,
                     const published<shared_event_table>& handlers)
    : of_(of),
      home_(home),
      of_sockets_(told, rooms_, guests_),
      of_guests_(told, rooms_, rooms_),
      rooms_(&of_sockets_),
      guests_(&of_guests_),
      handlers_(handlers) {}

// A visit inside a visit finds no scratch and makes its own.
std::vector<room_member*> nsp_share::take_scratch() noexcept {
    auto taken = std::exchange(scratch_, {});
    taken.clear();
    return taken;
}

void nsp_share::teller::on_create_room(std::string_view room) {
    if (other_.room_size(room) == 0)
        told_.room_created(room, sockets_.known(room) ? room_kind::own : room_kind::joined);
}

void nsp_share::teller::on_join_room(std::string_view room, std::string_view id) {
    told_.room_joined(room, id);
}

void nsp_share::teller::on_leave_room(std::string_view room, std::string_view id) {
    told_.room_left(room, id);
}

void nsp_share::teller::on_delete_room(std::string_view room) {
    if (other_.room_size(room) == 0) told_.room_deleted(room);
}

}  // namespace kedge
