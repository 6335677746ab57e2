#pragma once

#include <memory>

namespace kedge {

class socket_state;

/// What a handle points to that names no socket: one that has left a server which has ended, so that whatever
/// is asked of it does nothing. From any thread.
const std::shared_ptr<socket_state>& nobody();

}  // namespace kedge
