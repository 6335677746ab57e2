#pragma once

#include <string>
#include <vector>

#include <kedge/server.hpp>

namespace interop {

/// A text, or a list of them.
std::vector<std::string> texts(const kedge::value& from);
/// The arguments behind the first `skipped`.
kedge::arguments rest(const kedge::arguments& from, std::size_t skipped);

}  // namespace interop
