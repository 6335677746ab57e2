#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <kedge/engine/function.hpp>
#include <kedge/socketio/core/hub.hpp>
#include <kedge/socketio/core/nsp_share.hpp>
#include <kedge/socketio/events/event_table.hpp>
#include <kedge/socketio/events/next.hpp>
#include <kedge/socketio/events/published.hpp>
#include <kedge/socketio/events/socket_handlers.hpp>
#include <kedge/socketio/rooms/adapter.hpp>
#include <kedge/socketio/rooms/adapter_host.hpp>
#include <kedge/socketio/rooms/room_census.hpp>
#include <kedge/socketio/wire/broadcast_packet.hpp>

namespace kedge {

class desk;
class pending_answer;
class socket_state;

using socket_ptr = std::shared_ptr<socket_state>;

/// Decides whether a client may enter a namespace.
using nsp_middleware = engine::unique_function<void(const socket_ptr&, next)>;
using connection_handler = engine::unique_function<void(const socket_ptr&)>;
using nsp_error_handler = engine::unique_function<void(const socket_ptr&, const socket_error&)>;
template <class F>
using shared_list = std::vector<std::shared_ptr<F>>;

/// Throws std::invalid_argument for the name of an event that cannot be emitted.
void check_event(std::string_view name);

/// What all workers share of a namespace: its name, what is registered on it, its adapter, and the way to the
/// workers' shares. All of it may be used from any thread.
class nsp_state final : public std::enable_shared_from_this<nsp_state>, private room_watch {
  public:
    /// Clients enter a parent through its children only, which are made when a client asks for their name.
    enum class role : std::uint8_t { ordinary, parent, child };
    nsp_state(std::shared_ptr<hub> owner, std::string name, role what);
    ~nsp_state();
    /// Makes its adapter; before anything else.
    void open(std::unique_ptr<adapter_host> host);

    const std::string& name() const noexcept { return name_; }
    hub& owner() const noexcept { return *owner_; }
    const std::shared_ptr<hub>& keep_owner() const noexcept { return owner_; }
    role what() const noexcept { return role_; }
    kedge::adapter& adapter() const noexcept { return *adapter_; }
    /// Closes the adapter, once; `done` is called all the same when it is closed already.
    void close_adapter(engine::task done);
    /// The one that the application has made, if it has: adapter() is a guard in front of it.
    kedge::adapter& own_adapter() const noexcept;
    /// Puts an adapter in the place of the one that is there, which is closed; before clients enter.
    void use_adapter(const adapter_factory& make);
    /// The form in which events of the server are encoded for its adapter, or those of its children.
    data_form event_form() const;
    nsp_share& share(const desk& at) const noexcept;
    /// The sockets that are in it, on all workers.
    std::size_t size() const noexcept;
    std::uint64_t next_ack_id() noexcept { return last_ack_id_.fetch_add(1, std::memory_order_relaxed); }
    listener next_listener() noexcept {
        return listener{last_listener_.fetch_add(1, std::memory_order_relaxed)};
    }

    // What is registered.
    published<shared_list<nsp_middleware>>& middlewares() noexcept { return middlewares_; }
    published<shared_list<connection_handler>>& connection_handlers() noexcept {
        return connection_handlers_;
    }
    published<shared_list<nsp_error_handler>>& error_handlers() noexcept { return error_handlers_; }
    published<shared_event_table>& event_handlers() noexcept { return event_handlers_; }
    published<shared_event_table>& server_events() noexcept { return server_events_; }
    published<std::vector<room_hooks>>& hooks() noexcept { return hooks_; }
    /// Takes over what a parent has registered at this moment.
    void inherit(nsp_state& parent);
    /// Nobody enters any more: lets go of all that is registered, which may hold handles to this namespace.
    /// On a worker. A handler that is running is kept until it returns.
    void retire();
    /// The same when the workers run no more.
    void shut();

    // A parent's children.
    void add_child(std::shared_ptr<nsp_state> child);
    void remove_child(const nsp_state& child);
    std::vector<std::shared_ptr<nsp_state>> children() const;

    // Packets to many sockets, from any thread.
    void emit(broadcast_options to, std::string_view event, const outgoing_arguments& sent);
    /// An event. It is given an offset if those who return shall get it too: when nobody shall answer it, and
    /// it is not volatile.
    packet_ptr make_event(std::optional<std::uint64_t> id, std::string_view event,
                          const outgoing_arguments& sent, const broadcast_flags& flags) const;
    /// An event whose recipients shall answer, for ask_sockets().
    packet_ptr make_question(const broadcast_options& to, std::string_view event,
                             const outgoing_arguments& sent);
    /// Throws when clients cannot enter it: `what` is not supported then.
    void check_clients(std::string_view what) const;
    /// Calls `act(nsp_state&)` on a worker, with this, or with each child of a parent.
    void each_branch(engine::unique_function<void(nsp_state&)> act);

    /// Calls `visit(nsp_share&)` on each worker: at once on this thread's, in a turn of its own on each other
    /// one.
    template <class Visit>
    void on_each_worker(Visit visit);
    /// Asks each worker `question(nsp_share&)` and calls `done(std::vector<Part>)` on the worker that called
    /// this.
    template <class Part, class Ask>
    void gather(Ask question, adapter::completion<std::vector<Part>> done);

    /// Delivers an event of the server itself, such as server_side_emit of another node, to handlers of `on`.
    void raise(std::string_view event, const items& args, std::shared_ptr<pending_answer> answer);

    /// With one worker on its thread.
    bool has_room(std::string_view room) const;

  private:
    void room_created(std::string_view room, room_kind kind) override;
    void room_joined(std::string_view room, std::string_view id) override;
    void room_left(std::string_view room, std::string_view id) override;
    void room_deleted(std::string_view room) override;
    std::unique_ptr<kedge::adapter> make_adapter(const adapter_factory& make);
    std::unique_ptr<kedge::adapter> guard(std::unique_ptr<kedge::adapter> made) const;
    template <class Call>
    void tell_hooks(std::string_view room, std::string_view id, Call&& call);
    void end_registrations();

    std::shared_ptr<hub> owner_;
    std::string name_;
    role role_;
    std::unique_ptr<adapter_host> host_;
    std::unique_ptr<kedge::adapter> adapter_;
    std::vector<std::unique_ptr<kedge::adapter>> former_adapters_;  // work for them may be on its way
    data_form event_form_ = data_form::none;                        // what the adapter wants of events
    published<shared_list<nsp_middleware>> middlewares_;
    published<shared_list<connection_handler>> connection_handlers_;
    published<shared_list<nsp_error_handler>> error_handlers_;
    published<shared_event_table> event_handlers_;
    published<shared_event_table> server_events_;
    published<std::vector<room_hooks>> hooks_;
    std::vector<std::unique_ptr<nsp_share>> shares_;
    room_census census_;
    mutable std::mutex children_lock_;
    std::vector<std::shared_ptr<nsp_state>> children_;
    std::atomic<bool> adapter_closed_ = false;
    std::atomic<std::uint64_t> last_ack_id_{0};
    std::atomic<std::uint64_t> last_listener_{1};
};

template <class Visit>
void nsp_state::on_each_worker(Visit visit) {
    const auto desks = owner_->desks();
    desk* const home = owner_->here();
    if (desks.size() == 1 && home) return visit(share(*home));
    const auto kept = std::make_shared<Visit>(std::move(visit));
    if (home) (*kept)(share(*home));
    for (const auto& each : desks) {
        if (each.get() == home) continue;
        each->post([self = shared_from_this(), kept, at = each.get()] { (*kept)(self->share(*at)); });
    }
}

template <class Part, class Ask>
void nsp_state::gather(Ask question, adapter::completion<std::vector<Part>> done) {
    if (!owner_->here())
        return owner_->on_some_worker(
            [self = shared_from_this(), question = std::move(question), done = std::move(done)]() mutable {
                self->template gather<Part>(std::move(question), std::move(done));
            });
    struct collection {
        std::vector<Part> parts;
        std::size_t missing;
        adapter::completion<std::vector<Part>> done;
        void add(Part part) {
            parts.push_back(std::move(part));
            if (--missing == 0) done(std::move(parts));
        }
    };
    const auto desks = owner_->desks();
    desk& origin = *owner_->here();
    const auto all = std::make_shared<collection>(collection{{}, desks.size(), std::move(done)});
    on_each_worker(
        [all, question = std::move(question), &origin, self = shared_from_this()](nsp_share& share) {
            auto part = question(share);
            origin.run([all, part = std::move(part), self]() mutable { all->add(std::move(part)); });
        });
}

}  // namespace kedge
