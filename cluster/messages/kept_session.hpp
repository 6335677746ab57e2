#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <kedge/socketio/rooms/stored_session.hpp>

namespace kedge::cluster {

/// A session as it lies in Redis: base64 of MessagePack, with the members of the reference's, and three of
/// ours that the reference passes over.
std::string write_session(const stored_session& session);
/// Nothing when it is none.
std::optional<stored_session> read_session(std::string_view text);

}  // namespace kedge::cluster
