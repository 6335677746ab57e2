#pragma once

#include <string>
#include <vector>

#include <kedge/socketio/value/value.hpp>

namespace kedge {

/// What is known of a socket elsewhere: a snapshot.
struct socket_details {
    std::string id;
    value handshake;
    std::vector<std::string> rooms;
    value data;
};

/// What is kept of a socket so that it can be given back to a client that returns.
struct stored_session {
    std::string sid;
    std::string pid;
    std::vector<std::string> rooms;
    value data;
    /// Of the last event that was written to it, empty if there was none; of one given back: what its client
    /// has.
    std::string offset{};
    /// The position() behind which nothing was written to it.
    std::string from{};
    /// The position() at which it entered: what lies before is none of its own.
    std::string began{};
    /// What it was given before it had its place in the order of events, in the adapter's own words; of one
    /// given back: what its client has of that.
    std::vector<std::string> early{};
};

}  // namespace kedge
