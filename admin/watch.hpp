#pragma once

#include <memory>

#include <kedge/admin/page.hpp>
#include <kedge/socketio/face/nsp.hpp>

namespace kedge::admin {

/// Shows operators all that happens in a namespace from now on: its sockets, what they send and are sent,
/// their data and their rooms. Sockets that are there already are not watched.
void watch(const std::shared_ptr<page>& shown, const nsp& watched);

}  // namespace kedge::admin
