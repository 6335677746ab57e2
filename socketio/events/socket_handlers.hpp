#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <kedge/engine/function.hpp>
#include <kedge/socketio/events/disconnect_reason.hpp>
#include <kedge/socketio/events/event_table.hpp>
#include <kedge/socketio/events/listener.hpp>
#include <kedge/socketio/events/next.hpp>
#include <kedge/socketio/value/argument_list.hpp>

namespace kedge {

class ack;
struct socket_error;

/// An event on its way to its handlers; a middleware of a socket may change it.
struct event {
    std::string name;
    arguments args;
};

using any_handler = engine::unique_function<void(std::string_view event, const arguments& args, ack answer)>;
using event_middleware = engine::unique_function<void(event&, next)>;
using disconnect_handler = engine::unique_function<void(disconnect_reason, std::string_view description)>;
using error_handler = engine::unique_function<void(const socket_error&)>;

/// A list of callables that are shared while they run, so that they may take themselves out.
template <class F>
struct handler_list {
    struct slot {
        std::shared_ptr<F> handler;
        listener id{};
    };
    std::vector<slot> slots;

    void remove(listener id) {
        std::erase_if(slots, [id](const slot& one) { return one.id == id; });
    }
    bool empty() const noexcept { return slots.empty(); }
};

/// All that a program has registered on one socket; made when the first is.
struct socket_handlers {
    explicit socket_handlers(event_names& names) : events(names) {}

    event_table events;
    handler_list<any_handler> any;
    handler_list<any_handler> any_outgoing;
    handler_list<event_middleware> middlewares;
    handler_list<disconnect_handler> disconnecting;
    handler_list<disconnect_handler> disconnect;
    handler_list<error_handler> error;
    std::map<listener, engine::task> errands;  ///< what cancels those that are under way, which may be many
};

}  // namespace kedge
