#pragma once

#include <cstdint>
#include <exception>
#include <string>

#include <kedge/socketio/events/ack.hpp>
#include <kedge/socketio/value/value.hpp>

namespace kedge {

/// Something went wrong with one socket; what on_error is told.
struct socket_error {
    enum class cause : std::uint8_t {
        wrong_argument,  ///< an event or answer has an argument that the handler does not take; it was not
                         ///< called
        exception,       ///< a handler threw
        refused_event,   ///< a middleware of the socket refused the event
        undecodable,     ///< the client sent what is no packet; the session is being closed
        too_many_rooms,  ///< max_rooms_per_socket was reached; the room was not joined
        too_many_acks,   ///< max_pending_acks_per_client was reached; nobody waits for this answer
    };

    cause why = cause::exception;
    std::string message;             ///< in words
    std::string event{};             ///< of which event, if of one
    std::string expected{};          ///< wrong_argument: e.g. "string"
    std::string received{};          ///< wrong_argument: e.g. "object", "nothing"
    value data{};                    ///< refused_event: what the middleware gave with it
    std::exception_ptr exception{};  ///< exception: what was thrown
    kedge::ack answer{};             ///< the answer that the client still waits for, if it does
};

}  // namespace kedge
