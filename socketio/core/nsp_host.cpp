#include <kedge/socketio/core/nsp_host.hpp>

#include <iterator>
#include <memory>
#include <set>
#include <utility>

#include <kedge/socketio/core/desk.hpp>
#include <kedge/socketio/core/handshake.hpp>
#include <kedge/socketio/core/members.hpp>
#include <kedge/socketio/core/nsp_state.hpp>
#include <kedge/socketio/core/socket_state.hpp>
#include <kedge/socketio/events/handler_context.hpp>
#include <kedge/socketio/events/pending_answer.hpp>
#include <kedge/socketio/value/text_arena.hpp>
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

socket_details details_of(socket_state& one) {
    return {one.id(), to_value(make_handshake(one.request(), one.issued(), one.auth())),
            one.share().rooms().rooms_of(one), one.data()};
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
    adapter_host::completion<value> response;
};

}  // namespace

// --- workers

const std::string& nsp_host::nsp() const noexcept {
    return above_.name();
}

void nsp_host::log(log_level level, std::string_view event, std::span<const log_record::field> facts) const {
    above_.owner().log(level, event, facts);
}

const std::optional<recovery_options>& nsp_host::recovery() const noexcept {
    return above_.owner().settings().recovery;
}

unsigned nsp_host::workers() const noexcept {
    return static_cast<unsigned>(above_.owner().desks().size());
}

std::optional<unsigned> nsp_host::here() const noexcept {
    const auto* const at = above_.owner().here();
    return at ? std::optional(at->index()) : std::nullopt;
}

// Nothing to keep when the namespace is being destroyed.
engine::task nsp_host::keeping(engine::task work) const {
    return [keep = above_.weak_from_this().lock(), work = std::move(work)]() mutable { work(); };
}

void nsp_host::run(unsigned worker, engine::task work) {
    above_.owner().desks()[worker]->run(keeping(std::move(work)));
}

void nsp_host::post(unsigned worker, engine::task work) {
    above_.owner().desks()[worker]->post(keeping(std::move(work)));
}

void nsp_host::on_worker(engine::task work) {
    above_.owner().on_some_worker(keeping(std::move(work)));
}

std::function<void(engine::task)> nsp_host::way_back() const {
    return [above = above_.weak_from_this(), home = above_.owner().here()](engine::task work) {
        auto keep = above.lock();
        if (keep && home) home->run([keep = std::move(keep), work = std::move(work)]() mutable { work(); });
    };
}

desk& nsp_host::worker_here() const noexcept {
    return *above_.owner().here();
}

engine::loop& nsp_host::loop() const noexcept {
    return worker_here().loop();
}

boost::asio::execution_context* nsp_host::context(unsigned worker) const noexcept {
    return above_.owner().desks()[worker]->context();
}

// --- events

packet_ptr nsp_host::make(const event_data& data, std::optional<std::uint64_t> id, packet_making how) const {
    if (!data.has_name()) return nullptr;
    event_data_writer form(data);
    const auto write = [&](writer& to) { form.write(to, how.offset); };
    return std::make_shared<const broadcast_packet>(
        above_.owner().parser(), packet_head{packet_type::event, above_.name(), id}, write, how);
}

packet_ptr nsp_host::make_event(const event_data& data, const broadcast_flags& flags,
                                std::string offset) const {
    return make(data, std::nullopt, {.compress = flags.compress, .offset = std::move(offset)});
}

// The id is this server's: those of another one would meet its own.
packet_ptr nsp_host::make_question(const event_data& data, const broadcast_flags& flags) {
    return make(data, above_.next_ack_id(), {.compress = flags.compress});
}

void nsp_host::deliver(packet_ptr packet, broadcast_options to) {
    if (!packet) return;
    above_.on_each_worker([packet = std::move(packet), to = std::move(to)](nsp_share& share) {
        kedge::deliver(share, *packet, to);
    });
}

void nsp_host::deliver_here(const broadcast_packet& packet, const broadcast_options& to) {
    kedge::deliver(above_.share(worker_here()), packet, to);
}

void nsp_host::deliver_to(std::string_view id, const broadcast_packet& packet, const broadcast_flags& flags) {
    if (auto* const one = find_coming(above_.share(worker_here()), id)) one->deliver(packet, flags);
}

void nsp_host::ask(packet_ptr question, broadcast_options to, completion<std::size_t> recipients,
                   completion<value> answer) {
    if (!question) return recipients(0);
    if (!here())
        return on_worker([this, question = std::move(question), to = std::move(to),
                          recipients = std::move(recipients), answer = std::move(answer)]() mutable {
            ask(std::move(question), std::move(to), std::move(recipients), std::move(answer));
        });
    const auto box = std::make_shared<answer_box>(answer_box{worker_here(), std::move(answer)});
    const auto ask_here = [packet = std::move(question), to = std::move(to), box](nsp_share& share) {
        std::size_t count = 0;
        each_socket(share, to, [&](socket_state& one) {
            ++count;
            one.deliver(*packet, to.flags, [box](ack_error error, const items& results, handler_context&) {
                if (!error)
                    box->home.run(
                        [box, first = value(results.front())]() mutable { box->response(std::move(first)); });
                return std::optional<argument_error>();
            });
        });
        return count;
    };
    above_.gather<std::size_t>(ask_here,
                               [recipients = std::move(recipients)](std::vector<std::size_t> counts) mutable {
                                   std::size_t sum = 0;
                                   for (const auto each : counts) sum += each;
                                   recipients(sum);
                               });
}

void nsp_host::raise(const event_data& event, completion<value> answer) {
    if (!event.has_name()) return;
    std::shared_ptr<pending_answer> pending;
    if (answer)
        pending = std::make_shared<pending_answer>(
            [answer = std::move(answer)](const outgoing_arguments& results) mutable {
                answer(first_of(results));
            });
    value_builder builder;
    event_data_writer(event).write(builder, {});
    on_worker([this, said = builder.take(), pending = std::move(pending)]() mutable {
        tape laid_out;
        said.write(laid_out);
        text_arena texts;
        above_.raise(event_name(laid_out.root(), texts), laid_out.root().as_array().rest(),
                     std::move(pending));
    });
}

// --- sockets

bool nsp_host::has_room(std::string_view room) const {
    return above_.has_room(room);
}

void nsp_host::rooms(completion<std::vector<std::string>> done) {
    const auto ask = [](nsp_share& share) { return share.rooms().room_names(); };
    above_.gather<std::vector<std::string>>(ask, [done = std::move(done)](auto parts) mutable {
        std::set<std::string> all;
        for (auto& each : parts)
            all.insert(std::make_move_iterator(each.begin()), std::make_move_iterator(each.end()));
        done({all.begin(), all.end()});
    });
}

void nsp_host::sockets(std::vector<std::string> in, completion<std::vector<std::string>> done) {
    const auto ask = [which = broadcast_options{std::move(in), {}, {}}](nsp_share& share) {
        std::vector<std::string> ids;
        each_socket(share, which, [&](socket_state& one) { ids.push_back(one.id()); });
        return ids;
    };
    above_.gather<std::vector<std::string>>(
        ask, [done = std::move(done)](auto parts) mutable { done(flatten(std::move(parts))); });
}

void nsp_host::rooms_of(std::string id, completion<std::optional<std::vector<std::string>>> done) {
    using rooms = std::optional<std::vector<std::string>>;
    const auto ask = [id = std::move(id)](nsp_share& share) -> rooms {
        auto* one = find_socket(share, id);
        return one ? rooms(share.rooms().rooms_of(*one)) : std::nullopt;
    };
    above_.gather<rooms>(ask, [done = std::move(done)](std::vector<rooms> parts) mutable {
        for (auto& each : parts)
            if (each) return done(std::move(each));
        done(std::nullopt);
    });
}

void nsp_host::describe(broadcast_options which, completion<std::vector<socket_details>> done) {
    const auto ask = [which = std::move(which)](nsp_share& share) {
        std::vector<socket_details> found;
        each_socket(share, which, [&](socket_state& one) { found.push_back(details_of(one)); });
        return found;
    };
    above_.gather<std::vector<socket_details>>(
        ask, [done = std::move(done)](auto parts) mutable { done(flatten(std::move(parts))); });
}

void nsp_host::join(broadcast_options which, std::vector<std::string> rooms) {
    above_.on_each_worker([which = std::move(which), rooms = std::move(rooms)](nsp_share& share) {
        each_socket(share, which, [&](socket_state& one) { one.join(rooms); });
    });
}

void nsp_host::leave(broadcast_options which, std::vector<std::string> rooms) {
    above_.on_each_worker([which = std::move(which), rooms = std::move(rooms)](nsp_share& share) {
        each_socket(share, which, [&](socket_state& one) {
            for (const auto& each : rooms) one.leave(each);
        });
    });
}

void nsp_host::disconnect(broadcast_options which, bool close) {
    above_.on_each_worker([which = std::move(which), close](nsp_share& share) {
        each_socket(share, which, [&](socket_state& one) { one.disconnect(close); });
    });
}

void nsp_host::cut(std::string_view id) {
    if (auto* const one = find_coming(above_.share(worker_here()), id)) one->cut();
}

}  // namespace kedge
