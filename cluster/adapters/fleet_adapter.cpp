#include <kedge/cluster/adapters/fleet_adapter.hpp>

#include <array>
#include <span>
#include <utility>

#include <kedge/cluster/adapters/asked.hpp>
#include <kedge/socketio/value/json_containers.hpp>
#include <kedge/transports/net/random_openssl.hpp>

namespace kedge::cluster {

namespace {

/// Writes the data of an event, which must outlive it.
class event_writer {
  public:
    explicit event_writer(const event_data& from) : data_(from) {}
    void operator()(writer& to) { data_.write(to, {}); }

  private:
    event_data_writer data_;
};

}  // namespace

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

void fleet_adapter::say_event(const broadcast_packet& packet, const broadcast_options& to) {
    event_writer data(packet.for_adapter());
    say({.what = verb::broadcast, .options = &to, .data = data},
        to.flags.is_volatile ? fate::is_dropped : fate::waits);
}

void fleet_adapter::broadcast(packet_ptr packet, broadcast_options to) {
    if (!to.flags.local) say_event(*packet, to);
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
        then(node_count_of(reply));
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

}  // namespace kedge::cluster
