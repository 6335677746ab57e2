#include <kedge/socketio/face/server_figures.hpp>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <kedge/socketio/core/desk.hpp>
#include <kedge/socketio/core/namespaces.hpp>
#include <kedge/socketio/core/nsp_state.hpp>
#include <kedge/socketio/events/socket_error.hpp>

namespace kedge {
namespace {

using transports::figure;
using transports::figure_label;
using figures = std::vector<figure>;

/// Clients may choose the names of dynamic namespaces: what is told does not grow with them.
constexpr std::size_t most_namespaces = 100;

struct plain_figure {
    std::string_view name;
    std::string_view help;
    engine::counter desk_counts::*value;
};

constexpr std::array plain_figures{
    plain_figure{"events_received_total", "Events of clients.", &desk_counts::events_in},
    plain_figure{"events_sent_total", "Events to clients; a broadcast counts for each.",
                 &desk_counts::events_out},
    plain_figure{"events_unheard_total", "Events of clients that have no handler.",
                 &desk_counts::events_unheard},
    plain_figure{"acks_timed_out_total", "Answers of clients that did not come in time.",
                 &desk_counts::acks_timed_out},
    plain_figure{"sockets_opened_total", "Sockets that entered a namespace.", &desk_counts::sockets_opened},
};

struct labelled_figure {
    std::string_view label;
    engine::counter desk_counts::*value;
};

constexpr std::array recoveries{
    labelled_figure{"recovered", &desk_counts::recovered},
    labelled_figure{"came_anew", &desk_counts::came_anew},
    labelled_figure{"fell_behind", &desk_counts::fell_behind},
};
constexpr std::array refusals{
    labelled_figure{"middleware", &desk_counts::refused},
    labelled_figure{"unknown_namespace", &desk_counts::unknown},
};
/// In the order of socket_error::cause, of which this is the last.
static_assert(static_cast<std::size_t>(socket_error::cause::too_many_acks) + 1 == desk_counts::causes);
constexpr std::array<std::string_view, desk_counts::causes> causes{
    "wrong_argument", "exception", "refused_event", "undecodable", "too_many_rooms", "too_many_acks"};

void tell_labelled(figures& to, const desk_counts& of, const std::string& worker) {
    const auto told = [&](std::string_view name, std::string_view help, std::string_view label,
                          std::string_view which, std::uint64_t value) {
        to.push_back({name, "counter", help, worker + ',' + figure_label(label, which), value});
    };
    for (const auto& each : recoveries)
        told("recoveries_total", "Clients that came back and wanted what they had.", "outcome", each.label,
             of.*each.value);
    for (const auto& each : refusals)
        told("sockets_refused_total", "Clients that were not let into a namespace.", "by", each.label,
             of.*each.value);
    for (std::size_t i = 0; i < causes.size(); ++i)
        told("socket_errors_total", "What on_error is told.", "cause", causes[i], of.errors[i]);
}

void tell_desk(figures& to, const desk& at) {
    const desk_counts& of = at.counts();
    const std::string worker = figure_label("worker", std::to_string(at.index()));
    for (const auto& each : plain_figures)
        to.push_back({each.name, "counter", each.help, worker, of.*each.value});
    tell_labelled(to, of, worker);
    to.push_back({"handler_seconds", "histogram", "How long the handlers of an event took, of one in 17.",
                  worker, 0, of.handling.read()});
}

/// Those with the most sockets by their names, and the others together.
void tell_namespaces(figures& to, const namespaces& of) {
    std::vector<std::pair<std::uint64_t, std::string>> all;
    for (const auto& each : of.all()) all.emplace_back(each->size(), each->name());
    std::sort(all.begin(), all.end(), std::greater<>());
    std::uint64_t others = 0;
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (i >= most_namespaces)
            others += all[i].first;
        else
            to.push_back({"sockets", "gauge", "Sockets that are in a namespace.",
                          figure_label("namespace", all[i].second), all[i].first});
    }
    if (all.size() > most_namespaces)
        to.push_back({"sockets", "gauge", "Sockets that are in a namespace.",
                      figure_label("namespace", "(others)"), others});
}

}  // namespace

transports::figure_source figures_of(std::shared_ptr<const namespaces> of) {
    return [of = std::move(of)] {
        figures told;
        tell_namespaces(told, *of);
        for (const auto& each : of->desks()) tell_desk(told, *each);
        return told;
    };
}

}  // namespace kedge
