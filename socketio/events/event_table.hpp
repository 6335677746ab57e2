#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <kedge/socketio/events/listener.hpp>
#include <kedge/socketio/value/string_hash.hpp>

namespace kedge {

class event_handler;

/// The names of events that sockets of one namespace on one worker have handlers for, each kept once, so that
/// a handler costs a socket a pointer instead of a string.
class event_names {
  public:
    struct entry {
        std::string name;
        std::size_t uses = 0;
    };

    entry& acquire(std::string_view name);
    void release(entry& used);
    /// Null when no socket has a handler for it.
    const entry* find(std::string_view name) const noexcept;

  private:
    std::unordered_map<std::string_view, std::unique_ptr<entry>> entries_;
};

/// Handlers that are about to be called: one, nearly always.
struct event_handlers {
    std::shared_ptr<event_handler> first;
    std::vector<std::shared_ptr<event_handler>> more;

    void add(const std::shared_ptr<event_handler>& one) { first ? more.push_back(one) : void(first = one); }
    std::size_t size() const noexcept { return (first ? 1 : 0) + more.size(); }
};

/// The handlers of one socket, in the order in which they were registered.
class event_table {
  public:
    explicit event_table(event_names& names) noexcept : names_(names) {}
    ~event_table() { clear(); }
    event_table(const event_table&) = delete;
    event_table& operator=(const event_table&) = delete;

    void add(std::string_view name, std::shared_ptr<event_handler> handler, listener id, bool once);
    void remove(listener id);
    void remove(std::string_view name);
    void clear();
    std::size_t count(std::string_view name) const noexcept;
    bool empty() const noexcept { return slots_.empty(); }

    /// Appends the handlers for an event, and takes out those that are called once.
    void collect(std::string_view name, event_handlers& into);

  private:
    struct slot {
        event_names::entry* name;
        std::shared_ptr<event_handler> handler;
        listener id;
        bool once;
    };
    template <class Which>
    void remove_if(Which which);

    event_names& names_;
    std::vector<slot> slots_;
};

/// The handlers of a namespace, for all of its sockets or for events of the server: published as a whole.
class shared_event_table {
  public:
    void add(std::string_view name, std::shared_ptr<event_handler> handler, listener id);
    void remove(listener id);
    void remove(std::string_view name);
    bool empty() const noexcept { return handlers_.empty(); }

    /// Calls `visit(event_handler&)` for each handler of the event.
    template <class Visit>
    void each(std::string_view name, Visit&& visit) const {
        const auto found = handlers_.find(name);
        if (found == handlers_.end()) return;
        for (const auto& one : found->second) visit(*one.handler);
    }

  private:
    struct slot {
        std::shared_ptr<event_handler> handler;
        listener id;
    };
    std::unordered_map<std::string, std::vector<slot>, string_hash, std::equal_to<>> handlers_;
};

}  // namespace kedge
