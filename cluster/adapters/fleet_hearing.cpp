#include <kedge/cluster/adapters/fleet_adapter.hpp>

#include <utility>

#include <kedge/cluster/adapters/asked.hpp>

namespace kedge::cluster {

namespace {

void write_sockets(writer& to, const std::vector<socket_details>& all) {
    to.begin_array(all.size());
    for (const auto& each : all) {
        to.begin_object(4);
        to.key("id");
        to.string(each.id);
        to.key("handshake");
        each.handshake.write(to);
        to.key("rooms");
        write_names(to, each.rooms);
        to.key("data");
        each.data.write(to);
        to.end_object();
    }
    to.end_array();
}

}  // namespace

/// Who asked, and the way back to the first worker, where answers are sent from.
class fleet_adapter::responder {
  public:
    responder(fleet_adapter& of, const node_message& asked)
        : of_(&of), back_(of.host().way_back()), request_(asked.request), to_(of.answers_to(asked.uid)) {}

    void recipients(std::size_t many) const { send({.what = verb::recipients, .count = many}); }
    void with(verb what, value said) const {
        back_([self = *this, what, said = std::move(said)] {
            const auto write = [&](writer& to) { said.write(to); };
            self.send({.what = what, .data = write});
        });
    }
    void names(verb what, const std::vector<std::string>& all) const {
        const auto write = [&](writer& to) { write_names(to, all); };
        send({.what = what, .data = write});
    }
    void sockets(const std::vector<socket_details>& all) const {
        const auto write = [&](writer& to) { write_sockets(to, all); };
        send({.what = verb::sockets, .data = write});
    }
    void done() const { send({.what = verb::done}); }

  private:
    /// On the first worker.
    void send(outgoing_message message) const {
        message.request = request_;
        message.to = to_;
        of_->say(message);
    }

    fleet_adapter* of_;
    way_back back_;
    std::string request_;
    std::string to_;
};

// --- What others say

void fleet_adapter::on_message(const node_message& message) {
    switch (message.what) {
        case verb::broadcast:
            return on_broadcast(message);
        case verb::ask:
            return on_ask(message);
        case verb::join:
        case verb::leave:
        case verb::disconnect:
            return on_order(message);
        case verb::fetch:
            return on_fetch(message);
        case verb::emit:
            return on_emit(message);
        case verb::list_rooms:
        case verb::list_ids:
            return on_names_wanted(message);
        default:
            return on_response(message);
    }
}

/// Who names one socket, as nodes of 6.x do, waits for the node that has it.
void fleet_adapter::on_order(const node_message& order) {
    const auto& of = order.options;
    const bool answers = !order.request.empty() && !of.rooms.empty() && host().has_room(of.rooms.front());
    if (order.what == verb::join)
        host().join(of, order.rooms);
    else if (order.what == verb::leave)
        host().leave(of, order.rooms);
    else
        host().disconnect(of, order.close);
    if (answers) responder(*this, order).done();
}

void fleet_adapter::on_response(const node_message& message) {
    if (questions_) questions_->on_response(message);
}

void fleet_adapter::on_broadcast(const node_message& message) {
    if (is_reserved_event(message.data[0].as_string())) return on_nonsense();
    host().deliver(host().make_event(event_data(message.data), message.options.flags), message.options);
}

void fleet_adapter::on_ask(const node_message& message) {
    if (is_reserved_event(message.data[0].as_string())) return on_nonsense();
    const responder to(*this, message);
    host().ask(
        host().make_question(event_data(message.data), message.options.flags), message.options,
        [to](std::size_t many) { to.recipients(many); },
        [to](value first) { to.with(verb::answer, std::move(first)); });
}

void fleet_adapter::on_fetch(const node_message& message) {
    host().describe(message.options, [to = responder(*this, message)](std::vector<socket_details> found) {
        to.sockets(found);
    });
}

void fleet_adapter::on_emit(const node_message& message) {
    const event_data event(message.data);
    if (message.request.empty()) return host().raise(event);
    host().raise(event,
                 [to = responder(*this, message)](value answer) { to.with(verb::reply, std::move(answer)); });
}

void fleet_adapter::on_names_wanted(const node_message& message) {
    const verb answer = message.what == verb::list_rooms ? verb::rooms : verb::ids;
    auto tell = [to = responder(*this, message), answer](std::vector<std::string> names) {
        to.names(answer, names);
    };
    if (answer == verb::rooms)
        host().rooms(std::move(tell));
    else
        host().sockets(message.options.rooms, std::move(tell));
}

}  // namespace kedge::cluster
