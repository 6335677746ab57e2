#include <kedge/admin/figures.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include <kedge/admin/traffic.hpp>
#include <kedge/socketio/core/nsp_share.hpp>
#include <kedge/socketio/core/nsp_state.hpp>
#include <kedge/socketio/face/server.hpp>
#include <kedge/transports/loop/process.hpp>

namespace kedge::admin {
namespace {

using engine::revision;
using engine::transport_kind;
using namespace std::chrono_literals;

constexpr engine::duration note_every = 1s;
constexpr unsigned notes_told_at_once = 2;

std::int64_t milliseconds_now() {
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now())
        .time_since_epoch()
        .count();
}

/// What is told, on the first worker.
class reporter : public std::enable_shared_from_this<reporter> {
  public:
    reporter(const server& io, std::shared_ptr<page> shown, std::string server_id)
        : io_(io), shown_(std::move(shown)), server_id_(std::move(server_id)), traffic_(io.stats().total) {}

    void note() {
        traffic_.note(io_.stats().total, milliseconds_now());
        if (++notes_ % notes_told_at_once == 0) count_sockets();
    }

  private:
    using counts = std::vector<std::size_t>;

    // Each worker counts its own.
    void count_sockets() {
        const auto all = io_.all_namespaces();
        const auto count = [all](nsp_share& share) {
            counts found;
            for (const auto& each : all) found.push_back(each.state()->share(share.home()).size());
            return found;
        };
        shown_->at().state()->gather<counts>(
            count, [self = shared_from_this(), all](const std::vector<counts>& of_workers) {
                self->tell(all, of_workers);
            });
    }

    void tell(const std::vector<nsp>& all, const std::vector<counts>& of_workers) {
        value namespaces = value::array();
        for (std::size_t i = 0; i < all.size(); ++i) {
            std::size_t sum = 0;
            for (const auto& each : of_workers) sum += each[i];
            namespaces.push_back(value::object({{"name", all[i].name()}, {"socketsCount", sum}}));
        }
        const auto now = io_.stats().total;
        shown_->tell("server_stats", value::object({{"serverId", name()},
                                                    {"hostname", transports::host_name()},
                                                    {"pid", transports::process_id()},
                                                    {"uptime", transports::process_uptime().count()},
                                                    {"clientsCount", now.sessions},
                                                    {"pollingClientsCount", polling(now)},
                                                    {"aggregatedEvents", traffic_.take()},
                                                    {"namespaces", namespaces}}));
    }

    static std::uint64_t polling(const transports::worker_stats& now) {
        return now.sessions_on(transport_kind::polling, revision::v3) +
               now.sessions_on(transport_kind::polling, revision::v4);
    }

    // Several servers of a fleet may be on one machine.
    std::string name() const {
        if (!server_id_.empty()) return server_id_;
        const auto host = transports::host_name();
        return shown_->in_fleet() ? host + '#' + std::to_string(transports::process_id()) : host;
    }

    const server& io_;
    const std::shared_ptr<page> shown_;
    const std::string server_id_;
    traffic traffic_;
    unsigned notes_ = 0;
};

}  // namespace

void tell_figures(const server& io, const std::shared_ptr<page>& shown, std::string server_id) {
    const auto told = std::make_shared<reporter>(io, shown, std::move(server_id));
    io.every(note_every, [told] { told->note(); });
}

}  // namespace kedge::admin
