#include <kedge/socketio/core/nsp_share.hpp>

#include <utility>

#include <kedge/socketio/core/nsp_state.hpp>
#include <kedge/socketio/core/socket_state.hpp>
#include <kedge/socketio/rooms/guest.hpp>

namespace kedge {

nsp_share::nsp_share(nsp_state& of, desk& home)
    : of_(of), home_(home), rooms_(this), guests_(this), handlers_(of.event_handlers()) {}

socket_state& nsp_share::as_socket(room_member& who) noexcept {
    return static_cast<socket_state&>(who);
}

socket_state* nsp_share::find(std::string_view id) const noexcept {
    auto* who = rooms_.find(id);
    return who ? &as_socket(*who) : nullptr;
}

socket_state* nsp_share::find_coming(std::string_view id) const noexcept {
    auto* who = rooms_.known(id);
    return who ? &as_socket(*who) : nullptr;
}

// A visit inside a visit finds no scratch and makes its own.
std::vector<room_member*> nsp_share::take_scratch() noexcept {
    auto taken = std::exchange(scratch_, {});
    taken.clear();
    return taken;
}

void nsp_share::deliver(const broadcast_packet& packet, const broadcast_options& to) {
    each(to, [&](socket_state& one) { one.deliver(packet, to.flags); });
    if (guests_.present_count() != 0) tell_guests(packet, to);
}

// Guests may leave while others of them are told.
void nsp_share::tell_guests(const broadcast_packet& packet, const broadcast_options& to) {
    auto chosen = take_scratch();
    guests_.select(to.rooms, to.except, chosen);
    for (auto* one : chosen) static_cast<guest&>(*one).hear(packet, to.flags);
    scratch_ = std::move(chosen);
}

void nsp_share::on_create_room(std::string_view room) {
    of_.room_created(room, rooms_.known(room) ? room_kind::own : room_kind::joined);
}

void nsp_share::on_join_room(std::string_view room, std::string_view id) {
    of_.room_joined(room, id);
}

void nsp_share::on_leave_room(std::string_view room, std::string_view id) {
    of_.room_left(room, id);
}

void nsp_share::on_delete_room(std::string_view room) {
    of_.room_deleted(room);
}

}  // namespace kedge
