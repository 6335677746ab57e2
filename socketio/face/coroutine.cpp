#include <kedge/socketio/face/coroutine.hpp>

#include <array>

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include <kedge/socketio/core/desk.hpp>
#include <kedge/socketio/core/hub.hpp>
#include <kedge/socketio/core/nsp_state.hpp>
#include <kedge/socketio/core/socket_state.hpp>
#include <kedge/socketio/events/exception_message.hpp>
#include <kedge/socketio/face/socket.hpp>

namespace kedge {
namespace {

executor home_of(nsp_state& where, const std::shared_ptr<socket_state>& whom) {
    if (whom) return executor_of(socket(whom));
    auto& owner = where.owner();
    auto* here = owner.here();
    return {where.keep_owner(), here ? *here : *owner.desks().front()};
}

// What a coroutine throws because its socket has gone.
bool says_that_it_ended(const std::exception_ptr& thrown) {
    try {
        std::rethrow_exception(thrown);
    } catch (const boost::system::system_error& error) {
        return error.code() == boost::asio::error::operation_aborted ||
               error.code() == make_error_code(ack_error::cause::disconnected);
    } catch (...) {
        return false;
    }
}

void log_failure(nsp_state& where, std::string_view event, const std::exception_ptr& thrown) {
    const auto message = message_of(thrown);
    const std::array<log_record::field, 2> facts{{{"event", event}, {"error", message}}};
    where.owner().log(log_level::error, "a handler of an event of the server threw", facts);
}

std::optional<connect_error> refusal_in(const std::exception_ptr& thrown) {
    try {
        std::rethrow_exception(thrown);
    } catch (const connect_error& refusal) {
        return refusal;
    } catch (...) {
        return std::nullopt;
    }
}

}  // namespace

std::shared_ptr<socket_state> socket_of(const handler_context& context) {
    return context.at() ? context.at()->shared_from_this() : nullptr;
}

nsp_state& nsp_of(const socket_state& whom) {
    return whom.nsp();
}

errand::errand(nsp_state& where, std::shared_ptr<socket_state> whom, failure failed, kept_bytes about)
    : whom_(std::move(whom)),
      home_(home_of(where, whom_)),
      failed_(std::move(failed)),
      about_(std::move(about)) {}

// In a turn of its own: what runs now may be what is cancelled.
void errand::take_place() {
    if (!whom_) return;
    place_ = whom_->add_errand([weak = weak_from_this(), home = home_] {
        boost::asio::post(home, [weak] {
            if (const auto self = weak.lock()) self->cancel_.emit(boost::asio::cancellation_type::terminal);
        });
    });
}

void errand::on_end(std::exception_ptr thrown) {
    if (whom_) whom_->remove_errand(place_);
    if (thrown) failed_(std::move(thrown));
}

errand::failure report_of(nsp_state& where, std::shared_ptr<socket_state> whom, std::string_view event) {
    return [keep = where.shared_from_this(), whom = std::move(whom),
            event = std::string(event)](const std::exception_ptr& thrown) {
        if (!whom) return log_failure(*keep, event, thrown);
        if (whom->connected() || !says_that_it_ended(thrown)) whom->report_exception(event, thrown);
    };
}

errand::failure refusal_of(std::shared_ptr<socket_state> whom, std::string_view event, next go_on) {
    return [whom = std::move(whom), event = std::string(event),
            go_on = std::move(go_on)](const std::exception_ptr& thrown) {
        if (auto refusal = refusal_in(thrown)) return go_on(std::move(*refusal));
        if (!says_that_it_ended(thrown)) whom->report_exception(event, thrown);
        if (event == "connection") go_on(connect_error("internal server error"));
    };
}

}  // namespace kedge
