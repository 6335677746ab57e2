#include <kedge/cluster/adapters/fleet_adapter.hpp>

#include <array>
#include <span>
#include <utility>

#include <kedge/cluster/adapters/asked.hpp>
#include <kedge/socketio/value/json_containers.hpp>
#include <kedge/transports/net/random_openssl.hpp>

namespace kedge::cluster {

namespace {

constexpr unsigned first_worker = 0;

/// `said.data` for the data of an event; both must outlive what is made of it.
class event_writer {
  public:
    explicit event_writer(const event_data& from) : data_(from) {}
    void operator()(writer& to) { data_.write(to, {}); }

  private:
    event_data_writer data_;
};

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

fleet_adapter::fleet_adapter(adapter_host& host, std::shared_ptr<fleet> shared,
                             engine::duration requests_timeout)
    : local_adapter(host),
      fleet_(std::move(shared)),
      requests_timeout_(requests_timeout),
      request_prefix_(make_uid(8)) {}

std::string fleet_adapter::make_uid(std::size_t size) {
    static constexpr std::string_view letters =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    std::string made(size, '\0');
    transports::random_openssl().fill(std::as_writable_bytes(std::span(made)));
    for (char& each : made) each = letters[static_cast<unsigned char>(each) % letters.size()];
    return made;
}

std::string fleet_adapter::next_request() {
    return request_prefix_ + std::to_string(last_request_.fetch_add(1, std::memory_order_relaxed));
}

// --- Coming and going

void fleet_adapter::init() {
    host().post(first_worker, [this] { enter(); });
}

void fleet_adapter::enter() {
    if (closed_) return;
    client_ = fleet_->enter(host());
    if (!client_) return host().log(log_level::error, "no worker of Kedge runs this server: it stays alone");
    questions_ = std::make_unique<question_table>(
        host().loop(), [this](const std::vector<std::string>& named, question_table::counted then) {
            count(named, std::move(then));
        });
    listen(client_->channels());
}

void fleet_adapter::close(completion<> done) {
    if (!host().here()) return done();  // no worker runs any more
    host().run(first_worker, [this, back = host().way_back(), done = std::move(done)]() mutable {
        closed_ = true;
        if (questions_) std::exchange(questions_, nullptr)->end_all();
        if (client_) end_listening(client_->channels());
        if (std::exchange(client_, nullptr)) fleet_->leave(host());
        back(std::move(done));
    });
}

// --- What is said here

void fleet_adapter::say(const outgoing_message& message, fate otherwise) {
    host().run(first_worker, [this, otherwise, command = command_of(message)] {
        if (!client_) return;
        if (otherwise == fate::is_dropped)
            client_->commands().send_or_drop(command);
        else
            client_->commands().send(command);
    });
}

void fleet_adapter::broadcast(packet_ptr packet, broadcast_options to) {
    if (!to.flags.local) {
        event_writer data(packet->for_adapter());
        say({.what = verb::broadcast, .options = &to, .data = data},
            to.flags.is_volatile ? fate::is_dropped : fate::waits);
    }
    local_adapter::broadcast(std::move(packet), std::move(to));
}

void fleet_adapter::add_sockets(broadcast_options which, std::vector<std::string> rooms) {
    if (!which.flags.local) say({.what = verb::join, .options = &which, .rooms = rooms});
    local_adapter::add_sockets(std::move(which), std::move(rooms));
}

void fleet_adapter::del_sockets(broadcast_options which, std::vector<std::string> rooms) {
    if (!which.flags.local) say({.what = verb::leave, .options = &which, .rooms = rooms});
    local_adapter::del_sockets(std::move(which), std::move(rooms));
}

void fleet_adapter::disconnect_sockets(broadcast_options which, bool close) {
    if (!which.flags.local) say({.what = verb::disconnect, .options = &which, .close = close});
    local_adapter::disconnect_sockets(std::move(which), close);
}

// --- What is asked here

void fleet_adapter::count(const std::vector<std::string>& named, question_table::counted then) {
    if (!client_) return then(std::nullopt);
    client_->commands().ask(count_command(named), [then = std::move(then)](resp_value reply) mutable {
        if (!reply.is_list()) return then(std::nullopt);
        node_count now;
        now.listening = static_cast<std::size_t>(reply[1].integer());
        for (std::size_t i = 3; i < reply.size(); i += 2) now.present.push_back(reply[i].integer() > 0);
        then(std::move(now));
    });
}

void fleet_adapter::server_count(completion<ack_error, std::size_t> done) {
    host().run(first_worker, [this, back = host().way_back(), done = std::move(done)]() mutable {
        count({}, [back, done = std::move(done)](std::optional<node_count> now) mutable {
            const auto why = now ? ack_error() : ack_error(ack_error::cause::unreachable);
            back([done = std::move(done), why, many = now ? now->listening : 1]() mutable {
                done(why, many);
            });
        });
    });
}

/// On the first worker.
void fleet_adapter::ask(std::string command, std::string id, std::unique_ptr<question> what,
                        engine::duration timeout) {
    if (!client_) return what->end(ack_error::cause::unreachable);
    if (client_->commands().ready()) client_->commands().send(command);
    questions_->open(std::move(id), std::move(what), timeout);
}

void fleet_adapter::broadcast_with_ack(packet_ptr packet, broadcast_options to,
                                       std::shared_ptr<broadcast_answers> answers) {
    if (to.flags.local)
        return local_adapter::broadcast_with_ack(std::move(packet), std::move(to), std::move(answers));
    auto id = next_request();
    event_writer data(packet->for_adapter());
    auto command = command_of({.what = verb::ask, .request = id, .options = &to, .data = data});
    const auto timeout = to.flags.timeout.value_or(requests_timeout_);
    host().run(first_worker, [this, id = std::move(id), command = std::move(command), timeout, answers,
                              back = host().way_back()]() mutable {
        ask(std::move(command), std::move(id), std::make_unique<ask_question>(std::move(back), answers),
            timeout);
    });
    ask_here(std::move(packet), std::move(to), std::move(answers));
}

void fleet_adapter::fetch_sockets(broadcast_options of,
                                  completion<ack_error, std::vector<socket_details>> done) {
    if (of.flags.local) return local_adapter::fetch_sockets(std::move(of), std::move(done));
    auto id = next_request();
    auto command = command_of({.what = verb::fetch, .request = id, .options = &of});
    const auto timeout = of.flags.timeout.value_or(requests_timeout_);
    auto found = [this, id = std::move(id), command = std::move(command), timeout, back = host().way_back(),
                  done = std::move(done)](std::vector<socket_details> here) mutable {
        ask(std::move(command), std::move(id),
            std::make_unique<fetch_question>(std::move(back), std::move(here), std::move(done)), timeout);
    };
    host().run(first_worker, [this, of = std::move(of), found = std::move(found)]() mutable {
        host().describe(std::move(of), std::move(found));
    });
}

void fleet_adapter::server_side_emit(encoded_data event,
                                     completion<ack_error, std::vector<value>> responses) {
    event_writer data{event_data(event)};
    if (!responses) return say({.what = verb::emit, .data = data});
    auto id = next_request();
    auto command = command_of({.what = verb::emit, .request = id, .data = data});
    host().run(first_worker, [this, id = std::move(id), command = std::move(command),
                              back = host().way_back(), responses = std::move(responses)]() mutable {
        ask(std::move(command), std::move(id),
            std::make_unique<emit_question>(std::move(back), std::move(responses)), requests_timeout_);
    });
}

// --- What others say

void fleet_adapter::on_message(const node_message& message) {
    switch (message.what) {
        case verb::broadcast:
            return on_broadcast(message);
        case verb::ask:
            return on_ask(message);
        case verb::join:
            host().join(message.options, message.rooms);
            break;
        case verb::leave:
            host().leave(message.options, message.rooms);
            break;
        case verb::disconnect:
            host().disconnect(message.options, message.close);
            break;
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
    if (!message.request.empty()) responder(*this, message).done();
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
