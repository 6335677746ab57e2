#include <kedge/transports/engineio/metrics.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <string_view>
#include <vector>

#include <kedge/engine/error.hpp>
#include <kedge/engine/transport.hpp>

namespace kedge::transports {
namespace {

/// Without a zero at the end, as the client libraries of Prometheus name their bounds.
std::string in_seconds(std::chrono::nanoseconds time) {
    const auto whole = std::chrono::duration_cast<std::chrono::seconds>(time);
    std::string rest = std::to_string((time - whole).count());
    rest.insert(0, 9 - rest.size(), '0');
    rest.erase(rest.find_last_not_of('0') + 1);
    return std::to_string(whole.count()) + (rest.empty() ? "" : "." + rest);
}

// Writes one metric after the other: its two comment lines, then its samples.
class exposition {
  public:
    void metric(std::string_view name, std::string_view type, std::string_view help) {
        name_ = name;
        for (const auto& [keyword, text] :
             {std::pair{"# HELP kedge_", help}, std::pair{"# TYPE kedge_", type}})
            text_.append(keyword).append(name).append(" ").append(text).append("\n");
    }
    void sample(std::string_view labels, std::uint64_t value) {
        line(name_, "", labels, std::to_string(value));
    }
    /// Each class with all before it, then all together: bounds and sum are in seconds.
    void times(const std::string& labels, const engine::histogram::reading& of) {
        const std::string before = labels.empty() ? std::string() : labels + ',';
        std::uint64_t all = 0;
        for (std::size_t i = 0; i < of.counts.size(); ++i) {
            const bool last = i == engine::histogram::bounds.size();
            all += of.counts[i];
            line(name_, "_bucket",
                 before + "le=\"" + (last ? "+Inf" : in_seconds(engine::histogram::bounds[i])) + '"',
                 std::to_string(all));
        }
        line(name_, "_sum", labels, in_seconds(of.sum));
        line(name_, "_count", labels, std::to_string(all));
    }
    std::string take() { return std::move(text_); }

  private:
    void line(std::string_view name, std::string_view suffix, std::string_view labels,
              std::string_view value) {
        text_.append("kedge_").append(name).append(suffix);
        if (!labels.empty()) text_.append("{").append(labels).append("}");
        text_.append(" ").append(value).append("\n");
    }

    std::string text_;
    std::string_view name_;
};

std::string label(std::string_view name, std::string value) {
    std::replace(value.begin(), value.end(), ' ', '_');
    return std::string(name) + "=\"" + value + '"';
}

struct plain_metric {
    std::string_view name;
    std::string_view type;
    std::string_view help;
    std::uint64_t worker_stats::*value;
};

constexpr std::array plain_metrics{
    plain_metric{"connections", "gauge", "Open connections.", &worker_stats::connections},
    plain_metric{"sessions_opened_total", "counter", "Handshakes that became a session.",
                 &worker_stats::sessions_opened},
    plain_metric{"sessions_upgraded_total", "counter", "Sessions that went from polling to websocket.",
                 &worker_stats::sessions_upgraded},
    plain_metric{"sessions_unattended", "gauge", "Polling sessions for which no poll waits.",
                 &worker_stats::unattended},
    plain_metric{"sessions_evicted_total", "counter",
                 "Sessions that were never polled and made room for others.", &worker_stats::evicted},
    plain_metric{"handshakes_turned_away_total", "counter",
                 "Handshakes refused for want of room, or because the server closes.",
                 &worker_stats::turned_away},
    plain_metric{"http_requests_total", "counter", "HTTP requests.", &worker_stats::requests},
    plain_metric{"http_bad_requests_total", "counter", "Requests refused for their form or for being late.",
                 &worker_stats::bad_requests},
    plain_metric{"connections_silent_total", "counter",
                 "Connections closed because they said nothing in time.", &worker_stats::silent},
    plain_metric{"connections_moved_total", "counter", "Connections that went on to their session's worker.",
                 &worker_stats::moved},
    plain_metric{"requests_passed_on_total", "counter",
                 "Requests given to other nodes of the fleet, where their sessions live.",
                 &worker_stats::passed_on},
    plain_metric{"passing_on_failed_total", "counter",
                 "Requests for other nodes that got no answer from there.", &worker_stats::passing_failed},
    plain_metric{"requests_from_peers_total", "counter", "Requests that other nodes passed on to here.",
                 &worker_stats::from_peers},
    plain_metric{"peers_refused_total", "counter",
                 "Connections that spoke as another node and were not believed.",
                 &worker_stats::peers_refused},
    plain_metric{"packets_received_total", "counter", "Engine.IO packets received.",
                 &worker_stats::packets_in},
    plain_metric{"packets_sent_total", "counter", "Engine.IO packets sent.", &worker_stats::packets_out},
    plain_metric{"bytes_received_total", "counter", "Bytes received.", &worker_stats::bytes_in},
    plain_metric{"bytes_sent_total", "counter", "Bytes sent.", &worker_stats::bytes_out},
    plain_metric{"bytes_waiting", "gauge", "Bytes that wait in sessions to be sent.",
                 &worker_stats::bytes_waiting},
    plain_metric{"bytes_arriving", "gauge", "Bytes of heads, bodies and messages that have not come whole.",
                 &worker_stats::bytes_arriving},
    plain_metric{"arrivals_cut_total", "counter",
                 "Of these, what took longest when too much waited: cut off.", &worker_stats::arrivals_cut},
    plain_metric{"tls_handshakes_total", "counter", "TLS handshakes completed.",
                 &worker_stats::tls_handshakes},
    plain_metric{"tls_resumptions_total", "counter", "TLS handshakes that resumed an earlier one.",
                 &worker_stats::tls_resumptions},
    plain_metric{"tls_failures_total", "counter", "TLS handshakes that failed.", &worker_stats::tls_failures},
};

void write_plain(exposition& to, const server_stats& stats) {
    for (const auto& each : plain_metrics) {
        to.metric(each.name, each.type, each.help);
        for (std::size_t i = 0; i < stats.workers.size(); ++i)
            to.sample(label("worker", std::to_string(i)), stats.workers[i].*each.value);
    }
}

void write_sessions(exposition& to, const server_stats& stats) {
    to.metric("sessions", "gauge", "Open sessions by transport and protocol revision.");
    for (std::size_t i = 0; i < stats.workers.size(); ++i)
        for (const auto kind : {engine::transport_kind::polling, engine::transport_kind::websocket})
            for (const auto protocol : {engine::revision::v3, engine::revision::v4})
                to.sample(label("worker", std::to_string(i)) + ',' +
                              label("transport", std::string(engine::to_string(kind))) + ',' +
                              label("protocol", std::to_string(static_cast<int>(protocol))),
                          stats.workers[i].sessions_on(kind, protocol));
}

void write_causes(exposition& to, const server_stats& stats) {
    to.metric("sessions_closed_total", "counter", "Sessions that ended, by reason.");
    for (std::size_t i = 0; i < stats.total.sessions_closed.size(); ++i)
        to.sample(label("reason", std::string(engine::to_string(static_cast<engine::close_reason>(i)))),
                  stats.total.sessions_closed[i]);
    to.metric("requests_refused_total", "counter", "Requests that the engine refused, by error code.");
    for (std::size_t i = 0; i < stats.total.refused.size(); ++i)
        to.sample(label("code", std::to_string(i)), stats.total.refused[i]);
}

void write_times(exposition& to, const server_stats& stats) {
    const auto write = [&](std::string_view name, std::string_view help,
                           engine::histogram::reading worker_stats::*which) {
        to.metric(name, "histogram", help);
        for (std::size_t i = 0; i < stats.workers.size(); ++i)
            to.times(label("worker", std::to_string(i)), stats.workers[i].*which);
    };
    write("turn_seconds", "How long the turns of a worker took.", &worker_stats::turns);
    write("wait_seconds", "How long a worker waited for its next turn.", &worker_stats::waits);
}

void write_accepting(exposition& to, const server_stats& stats) {
    to.metric("connections_accepted_total", "counter", "Connections accepted.");
    to.sample("", stats.accepted);
    to.metric("connections_refused_total", "counter", "Connections refused by a limit.");
    to.sample("", stats.refused_connections);
    to.metric("connections_shed_total", "counter", "Connections dropped for want of descriptors.");
    to.sample("", stats.shed_connections);
}

/// Figures of one name stand together, whoever told them.
void write_others(exposition& to, std::span<const figure> others) {
    std::vector<figure> sorted(others.begin(), others.end());
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const figure& a, const figure& b) { return a.name < b.name; });
    std::string_view last;
    for (const figure& each : sorted) {
        if (each.name != last) to.metric(each.name, each.type, each.help);
        last = each.name;
        each.times ? to.times(each.labels, *each.times) : to.sample(each.labels, each.value);
    }
}

}  // namespace

std::string figure_label(std::string_view name, std::string_view value) {
    std::string text(name);
    text += "=\"";
    for (const char c : value) {
        if (c == '"' || c == '\\') text += '\\';
        text += c == '\n' ? ' ' : c;
    }
    return text + '"';
}

std::string prometheus_text(const server_stats& stats, std::span<const figure> others) {
    exposition text;
    write_accepting(text, stats);
    write_plain(text, stats);
    write_sessions(text, stats);
    write_causes(text, stats);
    write_times(text, stats);
    write_others(text, others);
    return text.take();
}

}  // namespace kedge::transports
