#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <kedge/socketio/value/value.hpp>

namespace kedge {

/// The namespace of a revision 3 CONNECT, which may carry a query: the path as a browser's URL class resolves
/// and encodes it, and the query as an object of strings.
std::pair<std::string, value> split_nsp_url(std::string_view sent);

}  // namespace kedge
