#include <kedge/socketio/events/ack_error.hpp>

namespace kedge {

std::string ack_error::message() const {
    switch (why_) {
        case cause::none:
            return "";
        case cause::timed_out:
            if (asked_ == 0) return "operation has timed out";
            return "timeout reached: only " + std::to_string(answered_) + " responses received out of " +
                   std::to_string(asked_);
        case cause::too_many_pending:
            return "too many acknowledgements are pending";
        case cause::disconnected:
            return "the socket is disconnected";
        case cause::unreachable:
            return "the other servers cannot be reached";
    }
    return "";
}

}  // namespace kedge
