#include <kedge/socketio/core/guarded_adapter.hpp>

#include <atomic>
#include <utility>

#include <kedge/socketio/core/hub.hpp>

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
bool guarded_adapter::call(Call&& what) const {
    return owner_.guarded("an adapter threw", what);
}

/// `what` is given the completion that the adapter gets. When it throws before that was called, `otherwise`
/// is the answer.
template <class Call, class... Results>
void guarded_adapter::ask(Call&& what, completion<Results...> done,
                          std::type_identity_t<Results>... otherwise) const {
    const auto waiting = std::make_shared<asker<Results...>>(std::move(done));
    const bool returned = call([&] {
        what(completion<Results...>(
            [waiting](Results... results) { waiting->answer(std::move(results)...); }));
    });
    if (!returned) waiting->answer(std::move(otherwise)...);
}

void guarded_adapter::init() {
    call([&] { own_->init(); });
}

void guarded_adapter::close(completion<> done) {
    ask([&](completion<> to) { own_->close(std::move(to)); }, std::move(done));
}

void guarded_adapter::server_count(completion<ack_error, std::size_t> done) {
    ask([&](auto to) { own_->server_count(std::move(to)); }, std::move(done), {}, 1);
}

void guarded_adapter::broadcast(packet_ptr packet, broadcast_options to) {
    call([&] { own_->broadcast(std::move(packet), std::move(to)); });
}

void guarded_adapter::broadcast_with_ack(packet_ptr packet, broadcast_options to,
                                         std::shared_ptr<broadcast_answers> answers) {
    if (!call([&] { own_->broadcast_with_ack(std::move(packet), std::move(to), answers); }))
        answers->fail(ack_error::cause::disconnected);
}

void guarded_adapter::fetch_sockets(broadcast_options of,
                                    completion<ack_error, std::vector<socket_details>> done) {
    ask([&](auto to) { own_->fetch_sockets(std::move(of), std::move(to)); }, std::move(done),
        ack_error::cause::disconnected, {});
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
void guarded_adapter::server_side_emit(encoded_data event,
                                       completion<ack_error, std::vector<value>> responses) {
    if (!responses) {
        call([&] { own_->server_side_emit(std::move(event), {}); });
        return;
    }
    ask([&](auto to) { own_->server_side_emit(std::move(event), std::move(to)); }, std::move(responses),
        ack_error::cause::disconnected, {});
}

void guarded_adapter::on_create_room(std::string_view room, room_kind kind) {
    call([&] { own_->on_create_room(room, kind); });
}

void guarded_adapter::on_delete_room(std::string_view room) {
    call([&] { own_->on_delete_room(room); });
}

// --- for clients that come back

std::string guarded_adapter::make_offset() {
    std::string made;
    call([&] { made = own_->make_offset(); });
    return made;
}

void guarded_adapter::unicast(const std::string& id, packet_ptr packet, const broadcast_flags& flags) {
    call([&] { own_->unicast(id, std::move(packet), flags); });
}

void guarded_adapter::hurry(const std::string& id, function_ref<std::vector<std::string>()> rooms) {
    call([&] { own_->hurry(id, rooms); });
}

std::string guarded_adapter::position() {
    std::string here;
    call([&] { here = own_->position(); });
    return here;
}

std::vector<std::string> guarded_adapter::told_early(const std::string& id) {
    std::vector<std::string> early;
    call([&] { early = own_->told_early(id); });
    return early;
}

void guarded_adapter::enrol(const std::string& pid, const std::string& id) {
    call([&] { own_->enrol(pid, id); });
}

void guarded_adapter::withdraw(const std::string& pid, const std::string& id) {
    call([&] { own_->withdraw(pid, id); });
}

void guarded_adapter::persist_session(stored_session session) {
    call([&] { own_->persist_session(std::move(session)); });
}

void guarded_adapter::restore_session(std::string pid, std::string offset,
                                      completion<std::optional<stored_session>> done) {
    ask([&](auto to) { own_->restore_session(std::move(pid), std::move(offset), std::move(to)); },
        std::move(done), std::nullopt);
}

void guarded_adapter::missed_packets(const stored_session& session,
                                     completion<std::optional<std::vector<packet_ptr>>> done) {
    ask([&](auto to) { own_->missed_packets(session, std::move(to)); }, std::move(done), std::nullopt);
}

}  // namespace kedge
