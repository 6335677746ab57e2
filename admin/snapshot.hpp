#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include <kedge/socketio/face/remote_socket.hpp>
#include <kedge/socketio/face/socket.hpp>
#include <kedge/socketio/value/value.hpp>

namespace kedge::admin {

/// The member of a socket's data that holds what of a socket is not told to other servers otherwise.
inline constexpr std::string_view own_member = "_admin";

/// What that member holds of a socket of this server.
value own_facts(const socket& one);
/// A socket's data without that member.
value shown_data(const value& data);

/// A socket as the page knows it. On the socket's thread.
value describe(const socket& one);
/// The same for one that may be on another server.
value describe(std::string_view nsp, const remote_socket& one);

/// A moment as JavaScript writes it: "2026-11-21T02:26:24.123Z".
std::string iso_time(std::chrono::system_clock::time_point when);
inline std::string iso_now() {
    return iso_time(std::chrono::system_clock::now());
}

}  // namespace kedge::admin
