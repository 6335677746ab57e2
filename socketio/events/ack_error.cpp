#include <kedge/socketio/events/ack_error.hpp>

namespace kedge {

std::string ack_error::message() const {
    const auto tally = [this] {
        return "only " + std::to_string(answered_) + " responses received out of " + std::to_string(asked_);
    };
    switch (why_) {
        case cause::none:
            return "";
        case cause::timed_out:
            if (asked_ == 0) return "operation has timed out";
            return "timeout reached: " + tally();
        case cause::too_many_pending:
            return "too many acknowledgements are pending";
        case cause::disconnected:
            return "the socket is disconnected";
        case cause::unreachable:
            return asked_ == 0 ? "the other servers cannot be reached" : "servers have gone: " + tally();
    }
    return "";
}

}  // namespace kedge
