#include <kedge/socketio/core/guarded_adapter.hpp>

#include <atomic>
#include <utility>

#include <kedge/socketio/core/hub.hpp>
#include <kedge/socketio/core/nsp_state.hpp>

namespace kedge {
namespace {

/// Somebody who is answered once, by whoever is first.
template <class... Results>
class asker {
  public:
    explicit asker(adapter::completion<Results...> done) noexcept : done_(std::move(done)) {}

    void answer(Results... results) {
        if (!answered_.exchange(true)) done_(std::move(results)...);
    }

  private:
    adapter::completion<Results...> done_;
    std::atomic<bool> answered_ = false;
};

}  // namespace

template <class Call>
bool guarded_adapter::call(Call&& what) {
    return above_.owner().guarded("an adapter threw", what);
}

/// `what` is given the completion that the adapter gets. When it throws before that was called, empty results
/// are the answer.
template <class Call, class... Results>
void guarded_adapter::ask(Call&& what, completion<Results...> done) {
    const auto waiting = std::make_shared<asker<Results...>>(std::move(done));
    const bool returned = call([&] {
        what(completion<Results...>(
            [waiting](Results... results) { waiting->answer(std::move(results)...); }));
    });
    if (!returned) waiting->answer(Results()...);
}

void guarded_adapter::init() {
    call([&] { own_->init(); });
}

void guarded_adapter::close(completion<> done) {
    ask([&](completion<> to) { own_->close(std::move(to)); }, std::move(done));
}

// This server is one, whatever the adapter knows.
void guarded_adapter::server_count(completion<std::size_t> done) {
    ask([&](completion<std::size_t> to) { own_->server_count(std::move(to)); },
        completion<std::size_t>(
            [done = std::move(done)](std::size_t count) mutable { done(count != 0 ? count : 1); }));
}

void guarded_adapter::add_all(socket_state& who, std::span<const std::string> rooms) {
    call([&] { own_->add_all(who, rooms); });
}

void guarded_adapter::del(socket_state& who, std::string_view room) {
    call([&] { own_->del(who, room); });
}

void guarded_adapter::del_all(socket_state& who) {
    call([&] { own_->del_all(who); });
}

void guarded_adapter::broadcast(packet_ptr packet, broadcast_options to) {
    call([&] { own_->broadcast(std::move(packet), std::move(to)); });
}

// Who asked for answers waits no longer than he said.
void guarded_adapter::broadcast_with_ack(packet_ptr packet, broadcast_options to,
                                         completion<std::size_t> client_count, completion<value> response) {
    call([&] {
        own_->broadcast_with_ack(std::move(packet), std::move(to), std::move(client_count),
                                 std::move(response));
    });
}

void guarded_adapter::sockets(std::vector<std::string> rooms, completion<std::vector<std::string>> done) {
    ask([&](auto to) { own_->sockets(std::move(rooms), std::move(to)); }, std::move(done));
}

void guarded_adapter::socket_rooms(std::string id, completion<std::optional<std::vector<std::string>>> done) {
    ask([&](auto to) { own_->socket_rooms(std::move(id), std::move(to)); }, std::move(done));
}

void guarded_adapter::fetch_sockets(broadcast_options of, completion<std::vector<socket_details>> done) {
    ask([&](auto to) { own_->fetch_sockets(std::move(of), std::move(to)); }, std::move(done));
}

void guarded_adapter::add_sockets(broadcast_options which, std::vector<std::string> rooms) {
    call([&] { own_->add_sockets(std::move(which), std::move(rooms)); });
}

void guarded_adapter::del_sockets(broadcast_options which, std::vector<std::string> rooms) {
    call([&] { own_->del_sockets(std::move(which), std::move(rooms)); });
}

void guarded_adapter::disconnect_sockets(broadcast_options which, bool close) {
    call([&] { own_->disconnect_sockets(std::move(which), close); });
}

// Without `responses` nobody waits, and the adapter must see that.
void guarded_adapter::server_side_emit(arguments packet,
                                       completion<ack_error, std::vector<value>> responses) {
    if (!responses) {
        call([&] { own_->server_side_emit(std::move(packet), {}); });
        return;
    }
    ask([&](auto to) { own_->server_side_emit(std::move(packet), std::move(to)); }, std::move(responses));
}

// --- for clients that come back

std::string guarded_adapter::make_offset() {
    std::string made;
    call([&] { made = own_->make_offset(); });
    return made;
}

void guarded_adapter::unicast(socket_state& to, packet_ptr packet, const broadcast_flags& flags) {
    call([&] { own_->unicast(to, std::move(packet), flags); });
}

std::string guarded_adapter::position() {
    std::string here;
    call([&] { here = own_->position(); });
    return here;
}

void guarded_adapter::enrol(socket_state& who) {
    call([&] { own_->enrol(who); });
}

void guarded_adapter::persist_session(stored_session session) {
    call([&] { own_->persist_session(std::move(session)); });
}

void guarded_adapter::restore_session(std::string pid, std::string offset,
                                      completion<std::optional<stored_session>> done) {
    ask([&](auto to) { own_->restore_session(std::move(pid), std::move(offset), std::move(to)); },
        std::move(done));
}

void guarded_adapter::missed_packets(const stored_session& session,
                                     completion<std::optional<std::vector<packet_ptr>>> done) {
    ask([&](auto to) { own_->missed_packets(session, std::move(to)); }, std::move(done));
}

}  // namespace kedge
