#pragma once

#include <string_view>

namespace kedge::transports {

/// The Content-Type for a file name, by its extension in any case; "application/octet-stream" for an unknown
/// one. Texts are announced as UTF-8.
std::string_view mime_type(std::string_view file_name) noexcept;

/// Whether bytes of this type shrink when they are compressed (texts do; pictures, films and archives do
/// not).
bool compressible(std::string_view content_type) noexcept;

}  // namespace kedge::transports
