#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
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

    /// Handlers are destroyed when the list is whole again: what they hold may come back to it.
    void remove(listener id) {
        const auto found = std::find_if(slots.begin(), slots.end(),
                                        [id](const slot& one) { return one.id == id && !watches(one); });
        if (found == slots.end()) return;
        const slot gone = std::move(*found);
        slots.erase(found);
    }
    /// Those of who only watches stay.
    void clear() {
        const auto gone = std::exchange(slots, {});
        std::copy_if(gone.begin(), gone.end(), std::back_inserter(slots), watches);
    }
    bool empty() const noexcept { return slots.empty(); }

    /// Adds somebody in front who only watches: the program neither counts it nor takes it back.
    void watch(std::shared_ptr<F> handler) { slots.insert(slots.begin(), {std::move(handler), listener{}}); }
    /// How many are the program's.
    std::size_t count() const noexcept {
        return static_cast<std::size_t>(
            std::count_if(slots.begin(), slots.end(), [](const slot& one) { return !watches(one); }));
    }

  private:
    static bool watches(const slot& one) noexcept { return one.id == listener{}; }
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
    engine::unique_function<void()> data_wanted;  ///< told when the program asks for the socket's data
    std::map<listener, engine::task> errands;  ///< what cancels those that are under way, which may be many
};

}  // namespace kedge
