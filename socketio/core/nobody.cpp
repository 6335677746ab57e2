#include <kedge/socketio/core/nobody.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <utility>

#include <kedge/engine/loop.hpp>
#include <kedge/engine/random.hpp>
#include <kedge/socketio/core/namespaces.hpp>
#include <kedge/socketio/core/nsp_host.hpp>
#include <kedge/socketio/core/nsp_state.hpp>
#include <kedge/socketio/core/socket_state.hpp>
#include <kedge/socketio/wire/codec.hpp>

namespace kedge {
namespace {

/// A worker that never turns.
class still_loop final : public engine::loop {
  public:
    unsigned index() const noexcept override { return 0; }
    engine::time_point now() const noexcept override { return {}; }
    engine::timer_wheel& timers() noexcept override { return timers_; }
    void at_end_of_turn(engine::turn_work&) noexcept override {}
    void forget(engine::turn_work&) noexcept override {}
    void post(engine::task) override {}
    bool on_this_thread() const noexcept override { return false; }

  private:
    engine::timer_wheel timers_{engine::time_point()};
};

class no_random final : public engine::random_source {
  public:
    void fill(std::span<std::byte> bytes) override { std::fill(bytes.begin(), bytes.end(), std::byte{0}); }
};

/// A server that has ended before anybody came.
struct ended_server {
    ended_server() : above(std::make_shared<namespaces>(settings())) {
        const std::array<engine::loop*, 1> workers{&loop};
        above->attach(workers);
        const auto nsp = std::make_shared<nsp_state>(above, std::string(), nsp_state::role::ordinary);
        nsp->open(std::make_unique<nsp_host>(*nsp));
        auto& share = nsp->share(*above->desks().front());
        nobody = std::make_shared<socket_state>(share, std::make_shared<client_link>(), no_origin());
        nobody->forget();
        nsp->shut();
        above->shut();
    }
    hub_settings settings() {
        hub_settings made;
        made.parser = json_parser();
        made.random = &random;
        return made;
    }
    static socket_state::origin no_origin() { return {{}, {}, value::object(), nullptr, false, {}}; }

    still_loop loop;
    no_random random;
    std::shared_ptr<namespaces> above;
    std::shared_ptr<socket_state> nobody;
};

}  // namespace

// Never destroyed: handles in static objects may be the last to go.
const std::shared_ptr<socket_state>& nobody() {
    static const ended_server& only = *new ended_server;
    return only.nobody;
}

}  // namespace kedge
