#include <kedge/admin/actions.hpp>

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <kedge/socketio/events/ack.hpp>

namespace kedge::admin {
namespace {

/// One text, or an array of such.
std::vector<std::string> texts(const value& from) {
    std::vector<std::string> list;
    if (from.is_string()) list.emplace_back(from.as_string());
    for (const value& each : from.as_array()) {
        if (!each.is_string()) throw std::invalid_argument("a room is a string");
        list.emplace_back(each.as_string());
    }
    return list;
}

std::vector<std::string> rooms_in(const value& from) {
    auto list = texts(from);
    if (list.empty()) throw std::invalid_argument("a room is a string");
    return list;
}

/// What an operator asks for: some of a namespace's sockets, or all where no filter is given.
class request_to_act {
  public:
    request_to_act(const page& of, const namespace_finder& find, std::string_view what, const socket& by,
                   const value& where, const value& filter)
        : name_(where.as_string()) {
        if (!where.is_string()) throw std::invalid_argument("a namespace is a string");
        auto rooms =
            filter.as_string().empty() && filter.is_string() ? std::vector<std::string>() : texts(filter);
        const std::string shown = rooms.empty() ? "all" : rooms.front();
        of.log(log_level::info, "an operator acts",
               {{"action", what},
                {"namespace", name_},
                {"filter", shown},
                {"operator", by.id()},
                {"address", by.conn().remote_address()}});
        if (auto found = find(name_))
            to_.emplace(found->state(), broadcast_options{std::move(rooms), {}, {}});
    }

    /// Empty where there is no such namespace.
    const std::optional<broadcast_operator>& to() const noexcept { return to_; }

  private:
    std::string name_;
    std::optional<broadcast_operator> to_;
};

}  // namespace

// An error here is told to the handlers of errors, or logged.
void allow_actions(const std::shared_ptr<page>& of, namespace_finder find) {
    const auto ask = [of, find = std::move(find)](std::string_view what, const socket& by, const value& where,
                                                  const value& filter) {
        return request_to_act(*of, find, what, by, where, filter).to();
    };
    of->at().on_event("emit", [ask](const socket& by, const arguments& args) {
        if (!args[2].is_string()) throw std::invalid_argument("an event's name is a string");
        const auto to = ask("emit", by, args[0], args[1]);
        if (!to) return;
        const arguments rest(std::vector<value>(args.begin() + 3, args.end()));
        to->emit(args[2].as_string(), rest);
    });
    of->at().on_event("join", [ask](const socket& by, const arguments& args) {
        auto rooms = rooms_in(args[1]);
        if (const auto to = ask("join", by, args[0], args[2])) to->sockets_join(std::move(rooms));
    });
    of->at().on_event("leave", [ask](const socket& by, const arguments& args) {
        auto rooms = rooms_in(args[1]);
        if (const auto to = ask("leave", by, args[0], args[2])) to->sockets_leave(std::move(rooms));
    });
    of->at().on_event("_disconnect", [ask](const socket& by, const arguments& args) {
        if (const auto to = ask("disconnect", by, args[0], args[2]))
            to->disconnect_sockets(args[1].as_boolean());
    });
}

}  // namespace kedge::admin
