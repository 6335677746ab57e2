#pragma once

#include <memory>
#include <string>

#include <kedge/admin/page.hpp>

namespace kedge {
class server;
}

namespace kedge::admin {

/// Tells operators how the server does, every two seconds as long as it runs.
void tell_figures(const server& io, const std::shared_ptr<page>& shown, std::string server_id);

}  // namespace kedge::admin
