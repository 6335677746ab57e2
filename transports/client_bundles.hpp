#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <transports/exchange.hpp>

namespace kedge::transports {

/// One file of the official client, embedded in the library when it was built.
struct client_bundle {
    std::string_view name;  ///< e.g. "socket.io.min.js"
    std::string_view content;
};

/// The embedded files; none when the library was built without them.
std::span<const client_bundle> client_bundles();
/// The client's version, which is the files' ETag; empty without files.
std::string_view client_bundle_version();

/// Answers requests for the client's files below the engine's path, as the reference server does.
class bundle_server {
  public:
    /// `path` is the engine's, e.g. "/socket.io".
    explicit bundle_server(std::string_view path);
    /// Answers when the request is for one of the eight files: with the file, or 404 when it is not embedded.
    /// False when it is for anything else. Any method is served; preflights are CORS's.
    bool serve(const exchange& asked) const;

  private:
    struct state;
    std::shared_ptr<state> state_;
};

}  // namespace kedge::transports
