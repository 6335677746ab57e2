#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include <kedge/admin/page.hpp>

namespace kedge::admin {

/// Finds the namespace that an operator means.
using namespace_finder = std::function<std::optional<nsp>(std::string_view name)>;

/// Lets operators emit to sockets, make them join and leave rooms, and disconnect them.
void allow_actions(const std::shared_ptr<page>& of, namespace_finder find);

}  // namespace kedge::admin
