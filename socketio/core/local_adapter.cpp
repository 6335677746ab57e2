#include <kedge/socketio/core/local_adapter.hpp>

#include <iterator>
#include <utility>

#include <kedge/socketio/core/desk.hpp>
#include <kedge/socketio/core/handshake.hpp>
#include <kedge/socketio/core/nsp_state.hpp>
#include <kedge/socketio/core/socket_state.hpp>
#include <kedge/socketio/events/pending_answer.hpp>
#include <kedge/socketio/face/socket.hpp>
#include <kedge/socketio/value/value_builder.hpp>

namespace kedge {
namespace {

template <class Part>
std::vector<Part> flatten(std::vector<std::vector<Part>> parts) {
    if (parts.size() == 1) return std::move(parts.front());
    std::vector<Part> all;
    for (auto& each : parts)
        all.insert(all.end(), std::make_move_iterator(each.begin()), std::make_move_iterator(each.end()));
    return all;
}

socket_details describe(socket_state& one) {
    return {one.id(), to_value(socket(one.shared_from_this()).handshake()), one.share().rooms().rooms_of(one),
            one.data()};
}

bool has_name(const arguments& packet) {
    return !packet.empty() && packet[0].is_string();
}

/// Calls `use` with what follows the name.
template <class Use>
void with_rest(const arguments& packet, Use&& use) {
    const auto write = [&](writer& to) {
        for (std::size_t i = 1; i < packet.size(); ++i) packet[i].write(to);
    };
    use(outgoing_arguments{packet.size() - 1, write});
}

value first_of(const outgoing_arguments& results) {
    value_builder builder;
    builder.begin_array(results.count);
    results.write(builder);
    builder.end_array();
    const value all = builder.take();
    return all[0];
}

// Where the answers of a broadcast go: back to the worker that asked.
struct answer_box {
    desk& home;
    adapter::completion<value> response;
};

}  // namespace

void local_adapter::add_all(socket_state& who, std::span<const std::string> rooms) {
    for (const auto& each : rooms) who.share().rooms().join(who, each);
}

void local_adapter::del(socket_state& who, std::string_view room) {
    who.share().rooms().leave(who, room);
}

void local_adapter::del_all(socket_state& who) {
    who.share().rooms().leave_all(who);
}

void local_adapter::broadcast(packet_ptr packet, broadcast_options to) {
    above_.on_each_worker(
        [packet = std::move(packet), to = std::move(to)](nsp_share& share) { share.deliver(*packet, to); });
}

void local_adapter::broadcast_with_ack(packet_ptr packet, broadcast_options to,
                                       completion<std::size_t> client_count, completion<value> response) {
    auto* const home = above_.owner().here();
    if (!home)
        return on_worker([this, packet = std::move(packet), to = std::move(to),
                          client_count = std::move(client_count), response = std::move(response)]() mutable {
            local_adapter::broadcast_with_ack(std::move(packet), std::move(to), std::move(client_count),
                                              std::move(response));
        });
    const auto box = std::make_shared<answer_box>(answer_box{*home, std::move(response)});
    const auto ask = [packet = std::move(packet), to = std::move(to), box](nsp_share& share) {
        std::size_t count = 0;
        share.each(to, [&](socket_state& one) {
            ++count;
            one.deliver(*packet, to.flags, [box](ack_error error, const items& results, handler_context&) {
                if (!error)
                    box->home.run([box, answer = value(results.front())]() mutable {
                        box->response(std::move(answer));
                    });
                return std::optional<argument_error>();
            });
        });
        return count;
    };
    above_.gather<std::size_t>(
        ask, [client_count = std::move(client_count)](std::vector<std::size_t> counts) mutable {
            std::size_t sum = 0;
            for (const auto each : counts) sum += each;
            client_count(sum);
        });
}

void local_adapter::sockets(std::vector<std::string> rooms, completion<std::vector<std::string>> done) {
    const auto ask = [which = broadcast_options{std::move(rooms), {}, {}}](nsp_share& share) {
        std::vector<std::string> ids;
        share.each(which, [&](socket_state& one) { ids.push_back(one.id()); });
        return ids;
    };
    above_.gather<std::vector<std::string>>(
        ask, [done = std::move(done)](auto parts) mutable { done(flatten(std::move(parts))); });
}

void local_adapter::socket_rooms(std::string id, completion<std::optional<std::vector<std::string>>> done) {
    using rooms = std::optional<std::vector<std::string>>;
    const auto ask = [id = std::move(id)](nsp_share& share) -> rooms {
        auto* one = share.find(id);
        return one ? rooms(share.rooms().rooms_of(*one)) : std::nullopt;
    };
    above_.gather<rooms>(ask, [done = std::move(done)](std::vector<rooms> parts) mutable {
        for (auto& each : parts)
            if (each) return done(std::move(each));
        done(std::nullopt);
    });
}

void local_adapter::fetch_sockets(broadcast_options of, completion<std::vector<socket_details>> done) {
    const auto ask = [which = std::move(of)](nsp_share& share) {
        std::vector<socket_details> found;
        share.each(which, [&](socket_state& one) { found.push_back(describe(one)); });
        return found;
    };
    above_.gather<std::vector<socket_details>>(
        ask, [done = std::move(done)](auto parts) mutable { done(flatten(std::move(parts))); });
}

void local_adapter::add_sockets(broadcast_options which, std::vector<std::string> rooms) {
    above_.on_each_worker([which = std::move(which), rooms = std::move(rooms)](nsp_share& share) {
        share.each(which, [&](socket_state& one) { one.join(rooms); });
    });
}

void local_adapter::del_sockets(broadcast_options which, std::vector<std::string> rooms) {
    above_.on_each_worker([which = std::move(which), rooms = std::move(rooms)](nsp_share& share) {
        share.each(which, [&](socket_state& one) {
            for (const auto& each : rooms) one.leave(each);
        });
    });
}

void local_adapter::disconnect_sockets(broadcast_options which, bool close) {
    above_.on_each_worker([which = std::move(which), close](nsp_share& share) {
        share.each(which, [&](socket_state& one) { one.disconnect(close); });
    });
}

void local_adapter::server_side_emit(arguments, completion<ack_error, std::vector<value>> responses) {
    above_.owner().log(log_level::warning,
                       "this adapter does not support the server_side_emit() functionality");
    if (responses) responses({}, {});
}

// --- what came from other servers

void local_adapter::on_worker(engine::task work) const {
    above_.owner().on_some_worker(
        [keep = above_.shared_from_this(), work = std::move(work)]() mutable { work(); });
}

std::function<void(engine::task)> local_adapter::way_back() const {
    return [above = above_.weak_from_this(), home = above_.owner().here()](engine::task work) {
        if (const auto keep = above.lock()) home->run(std::move(work));
    };
}

void local_adapter::deliver(const arguments& packet, broadcast_options to) {
    if (!has_name(packet)) return;
    with_rest(packet, [&](const outgoing_arguments& sent) {
        auto made = above_.make_event({}, packet[0].as_string(), sent, to.flags);
        local_adapter::broadcast(std::move(made), std::move(to));
    });
}

// The id is this server's: those of another one would meet its own.
void local_adapter::deliver_with_ack(const arguments& packet, broadcast_options to,
                                     completion<std::size_t> client_count, completion<value> response) {
    if (!has_name(packet))
        return on_worker([client_count = std::move(client_count)]() mutable { client_count(0); });
    with_rest(packet, [&](const outgoing_arguments& sent) {
        auto made = above_.make_event(above_.next_ack_id(), packet[0].as_string(), sent, to.flags);
        on_worker([this, question = std::move(made), to = std::move(to),
                   client_count = std::move(client_count), response = std::move(response)]() mutable {
            local_adapter::broadcast_with_ack(std::move(question), std::move(to), std::move(client_count),
                                              std::move(response));
        });
    });
}

void local_adapter::raise(const arguments& packet, completion<value> answer) {
    if (!has_name(packet)) return;
    on_worker([this, packet, answer = std::move(answer)]() mutable {
        tape laid_out;
        kedge::write(laid_out, packet);
        std::shared_ptr<pending_answer> pending;
        if (answer)
            pending = std::make_shared<pending_answer>(
                [answer = std::move(answer)](const outgoing_arguments& results) mutable {
                    answer(first_of(results));
                });
        above_.raise(packet[0].as_string(), laid_out.root().as_array().rest(), std::move(pending));
    });
}

}  // namespace kedge
