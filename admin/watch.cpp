#include <kedge/admin/watch.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <kedge/admin/snapshot.hpp>
#include <kedge/socketio/core/desk.hpp>
#include <kedge/socketio/core/nsp_state.hpp>
#include <kedge/socketio/core/socket_state.hpp>

namespace kedge::admin {
namespace {

/// A socket that is watched. Kept by what it registers there.
class watched_socket : public std::enable_shared_from_this<watched_socket> {
  public:
    watched_socket(std::shared_ptr<page> shown, socket_state& one)
        : shown_(std::move(shown)), one_(one), nsp_(one.nsp().name()) {}

    void begin() {
        const socket here(one_.shared_from_this());
        own_ = own_facts(here);
        mark();
        seen_ = shown_data(one_.data());
        shown_->tell("socket_connected", describe(here), iso_now());
        watch_life(here);
        one_.handlers()->data_wanted = [self = shared_from_this()] { self->look_later(); };
        if (&one_.nsp() != shown_->at().state().get()) watch_events();
    }

  private:
    void mark() {
        if (one_.data().is_object()) one_.data()[own_member] = own_;
    }

    void watch_life(const socket& here) {
        here.conn().on_upgrade([self = shared_from_this()](std::string_view to) { self->on_upgrade(to); });
        here.on_disconnect([self = shared_from_this()](disconnect_reason why) {
            self->shown_->tell("socket_disconnected", self->nsp_, self->one_.id(), to_string(why), iso_now());
        });
    }

    void on_upgrade(std::string_view to) {
        own_["transport"] = to;
        mark();
        shown_->tell("socket_updated", value::object({{"id", one_.id()}, {"nsp", nsp_}, {"transport", to}}));
    }

    void watch_events() {
        tell_of(one_.handlers()->any, "event_received");
        tell_of(one_.handlers()->any_outgoing, "event_sent");
    }

    void tell_of(handler_list<any_handler>& which, std::string_view what) {
        which.watch(std::make_shared<any_handler>(
            [self = shared_from_this(), what](std::string_view event, const arguments& args, const ack&) {
                if (self->shown_->watched()) self->tell_event(what, event, args);
            }));
    }

    void tell_event(std::string_view what, std::string_view event, const arguments& args) const {
        std::vector<value> all;
        all.reserve(args.size() + 1);
        all.emplace_back(event);
        all.insert(all.end(), args.begin(), args.end());
        shown_->tell(what, nsp_, one_.id(), value(std::move(all)), iso_now());
    }

    // The program changes data when it has it: what has become of it is looked at in a turn to come.
    void look_later() {
        if (std::exchange(looking_, true)) return;
        socket(one_.shared_from_this()).post([self = shared_from_this()] { self->look(); });
    }

    void look() {
        looking_ = false;
        if (!one_.data().contains(own_member)) mark();
        value now = shown_data(one_.data());
        if (now == seen_) return;
        shown_->tell("socket_updated", value::object({{"id", one_.id()}, {"nsp", nsp_}, {"data", now}}));
        seen_ = std::move(now);
    }

    const std::shared_ptr<page> shown_;
    socket_state& one_;
    const std::string nsp_;
    value own_;
    value seen_;
    bool looking_ = false;
};

// In front of those of the program: what these emit is seen.
void watch_sockets(const std::shared_ptr<page>& shown, const nsp& watched) {
    watched.state()->connection_handlers().change([&](auto& all) {
        all.insert(all.begin(), std::make_shared<connection_handler>([shown](const socket_ptr& one) {
                       std::make_shared<watched_socket>(shown, *one)->begin();
                   }));
    });
}

// A socket that leaves all its rooms is told of first, then its rooms.
void tell_left(const std::shared_ptr<page>& shown, nsp_state& of, std::string_view room,
               std::string_view id) {
    desk* const here = of.owner().here();
    if (!here || !shown->watched()) return;
    here->post([shown, nsp = of.name(), room = std::string(room), id = std::string(id)] {
        shown->tell("room_left", nsp, room, id, iso_now());
    });
}

void watch_rooms(const std::shared_ptr<page>& shown, const nsp& watched) {
    room_hooks hooks;
    hooks.on_join_room = [shown, name = watched.name()](std::string_view room, std::string_view id) {
        shown->tell("room_joined", name, room, id, iso_now());
    };
    hooks.on_leave_room = [shown, of = watched](std::string_view room, std::string_view id) {
        tell_left(shown, *of.state(), room, id);
    };
    watched.on_room_events(std::move(hooks));
}

}  // namespace

void watch(const std::shared_ptr<page>& shown, const nsp& watched) {
    watch_sockets(shown, watched);
    watch_rooms(shown, watched);
}

}  // namespace kedge::admin
