#include <kedge/admin/page.hpp>

#include <span>
#include <utility>

#include <kedge/socketio/core/nsp_state.hpp>

namespace kedge::admin {

// An adapter that reaches others wants events in a form that can be sent to them.
bool page::in_fleet() const {
    return at_.state()->adapter().wants() != data_form::none;
}

// Each socket enters the room of its id first, and leaves it when it leaves the namespace.
void page::count_operators() {
    room_hooks hooks;
    hooks.on_join_room = [self = shared_from_this()](std::string_view room, std::string_view id) {
        if (room == id) self->here_.fetch_add(1, std::memory_order_relaxed);
    };
    hooks.on_leave_room = [self = shared_from_this()](std::string_view room, std::string_view id) {
        if (room == id) self->here_.fetch_sub(1, std::memory_order_relaxed);
    };
    at_.on_room_events(std::move(hooks));
}

void page::log(log_level level, std::string_view event,
               std::initializer_list<log_record::field> facts) const {
    at_.state()->owner().log(level, event, std::span(facts.begin(), facts.size()));
}

void page::hint(std::string_view event, std::initializer_list<log_record::field> facts) const {
    at_.state()->owner().hint(event, facts);
}

}  // namespace kedge::admin
