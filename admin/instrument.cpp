#include <kedge/admin/instrument.hpp>

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

#include <kedge/admin/actions.hpp>
#include <kedge/admin/census.hpp>
#include <kedge/admin/figures.hpp>
#include <kedge/admin/login.hpp>
#include <kedge/admin/page.hpp>
#include <kedge/admin/watch.hpp>
#include <kedge/socketio/face/server.hpp>
#include <kedge/transports/loop/worker.hpp>
#include <kedge/transports/server/engine_server.hpp>

namespace kedge::admin {
namespace {

// So many namespaces that only other servers of a fleet have are made here for what operators do.
constexpr std::size_t most_made = 100;

void check(const options& how) {
    if (how.namespace_name.empty() || how.namespace_name == "/")
        throw std::invalid_argument("admin: namespace_name is a namespace of its own, not \"/\"");
    if (how.auth.basic() && how.auth.basic()->username.empty())
        throw std::invalid_argument("admin: auth has no username");
}

/// Closes the door when the worker goes.
class doorkeeper final : public transports::mortal {
  public:
    explicit doorkeeper(std::shared_ptr<login> door) noexcept : door_(std::move(door)) {}
    ~doorkeeper() override { door_->close(); }
    doorkeeper(const doorkeeper&) = delete;
    doorkeeper& operator=(const doorkeeper&) = delete;

  private:
    const std::shared_ptr<login> door_;
};

void guard_door(const server& io, const std::shared_ptr<page>& shown, const options& how) {
    if (!how.auth.basic())
        return shown->log(log_level::warning, "the operators' namespace is open to all", {});
    auto store = how.store ? how.store : std::make_shared<memory_store>();
    const auto door = std::make_shared<login>(shown, *how.auth.basic(), std::move(store));
    shown->at().use([door](const socket& one, const next& answer) { door->decide(one, answer); });
    auto& home = static_cast<transports::worker&>(*io.engine().loops().front());
    home.post(
        [&home, keeper = std::make_unique<doorkeeper>(door)]() mutable { home.own(std::move(keeper)); });
}

value features(const options& how) {
    value all = value::array();
    if (!how.readonly)
        for (const std::string_view each :
             {"EMIT", "JOIN", "LEAVE", "DISCONNECT", "MJOIN", "MLEAVE", "MDISCONNECT"})
            all.push_back(each);
    all.push_back("AGGREGATED_EVENTS");
    if (how.mode == mode::development) all.push_back("ALL_EVENTS");
    return value::object({{"supportedFeatures", all}});
}

void greet_operators(const server& io, const std::shared_ptr<page>& shown, const options& how) {
    std::shared_ptr<census> sockets;
    if (how.mode == mode::development)
        sockets = std::make_shared<census>([&io] { return io.all_namespaces(); });
    shown->count_operators();
    shown->at().on_connection([sockets, config = features(how)](const socket& one) {
        one.emit("config", config);
        if (sockets) sockets->show(one);
    });
}

namespace_finder finder(const server& io, const std::shared_ptr<page>& shown) {
    return [&io, shown, made = std::make_shared<std::atomic<std::size_t>>(0)](
               std::string_view name) -> std::optional<nsp> {
        for (auto& each : io.all_namespaces())
            if (each.name() == name) return each;
        if (!shown->in_fleet() || !name.starts_with('/') || name.size() > io.options().max_nsp_length ||
            made->fetch_add(1) >= most_made)
            return {};
        return io.of(name);
    };
}

void watch_all(const server& io, const std::shared_ptr<page>& shown) {
    for (const auto& each : io.all_namespaces()) watch(shown, each);
    io.on_new_namespace([shown](const nsp& made) { watch(shown, made); });
}

}  // namespace

void instrument(server& io, options how) {
    check(how);
    const auto shown = std::make_shared<page>(io.of(how.namespace_name));
    guard_door(io, shown, how);
    greet_operators(io, shown, how);
    if (!how.readonly) allow_actions(shown, finder(io, shown));
    if (how.mode == mode::development) watch_all(io, shown);
    tell_figures(io, shown, std::move(how.server_id));
}

}  // namespace kedge::admin
