#include <kedge/socketio/events/ack_error.hpp>

namespace kedge {

std::string_view ack_error::message() const noexcept {
    switch (why_) {
        case cause::none:
            return "";
        case cause::timed_out:
            return "operation has timed out";
        case cause::too_many_pending:
            return "too many acknowledgements are pending";
        case cause::disconnected:
            return "the socket is disconnected";
    }
    return "";
}

}  // namespace kedge
