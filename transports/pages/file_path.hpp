#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace kedge::transports {

/// The file path, relative to a folder, that the path of a request names; nothing when it could mean anything
/// else than a place below that folder: a malformed escape, a NUL, a backslash, an empty, "." or ".."
/// segment. Segments that begin with a dot are refused unless `dot_files`. A trailing slash is kept.
std::optional<std::string> file_path(std::string_view request_path, bool dot_files);

/// The real place of `relative` below `root` (itself a real path), links resolved; nothing when it does not
/// exist or lies outside.
std::optional<std::string> place_below(const std::string& root, const std::string& relative);

}  // namespace kedge::transports
