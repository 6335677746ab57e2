#include <kedge/socketio/face/asio.hpp>

#include <string>

#include <boost/asio/system_executor.hpp>

#include <kedge/socketio/core/desk.hpp>
#include <kedge/socketio/core/hub.hpp>
#include <kedge/socketio/core/nsp_state.hpp>
#include <kedge/socketio/core/socket_state.hpp>
#include <kedge/socketio/face/nsp.hpp>
#include <kedge/socketio/face/server.hpp>
#include <kedge/socketio/face/socket.hpp>

namespace kedge {
namespace {

class ack_category_type final : public boost::system::error_category {
  public:
    const char* name() const noexcept override { return "kedge.ack"; }
    std::string message(int code) const override {
        return ack_error(static_cast<ack_error::cause>(code)).message();
    }
};

}  // namespace

const boost::system::error_category& ack_category() noexcept {
    static const ack_category_type only;
    return only;
}

boost::asio::execution_context& executor::query(boost::asio::execution::context_t) const noexcept {
    if (auto* context = home_->context()) return *context;
    return boost::asio::query(boost::asio::system_executor(), boost::asio::execution::context);
}

boost::asio::execution::blocking_t executor::query(boost::asio::execution::blocking_t) const noexcept {
    if (may_block_) return boost::asio::execution::blocking.possibly;
    return boost::asio::execution::blocking.never;
}

// At once only in a turn: elsewhere on the same thread (a timer of Asio's has come) there is none to end.
void executor::run(engine::task work) const {
    if (may_block_ && desk::current() == home_) return work();
    home_->post(std::move(work));
}

executor executor_of(const socket& which) {
    const auto& state = *which.state();
    return {state.nsp().keep_owner(), state.home()};
}

executor executor_of(const nsp& which) {
    auto& owner = which.state()->owner();
    return {owner.shared_from_this(), *owner.desks().front()};
}

deferred<> close(server& which) {
    return close(which, close_options());
}

deferred<> close(server& which, transports::close_options how) {
    return deferred<>([&which, how](deferred<>::completion done) { which.close(how, std::move(done)); });
}

}  // namespace kedge
