#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace kedge::engine {
class request;
}

namespace kedge::transports {

class connection;

/// One file of the official client, embedded in the library when it was built.
struct client_bundle {
    std::string_view name;  ///< e.g. "socket.io.min.js"
    std::string_view content;
};

/// The embedded files; none when the library was built without them.
std::span<const client_bundle> client_bundles();
/// The client's version, which is the files' ETag; empty without files.
std::string_view client_bundle_version();

/// The client library of SockJS, sockjs.min.js; empty when the library was built without it.
std::string_view sockjs_client();

/// Answers requests for the client's files below the engine's path, as the reference server does.
class bundle_server {
  public:
    /// `path` is the engine's, e.g. "/socket.io".
    explicit bundle_server(std::string_view path);
    /// Whether the request is for one of the eight files. An upgrade request is for the engine.
    bool knows(const engine::request& asked) const;
    /// Answers such a request: with the file, or 404 when it is not embedded. Any method is served;
    /// preflights are CORS's.
    void serve(connection& at) const;

  private:
    struct state;
    std::shared_ptr<state> state_;
};

}  // namespace kedge::transports
