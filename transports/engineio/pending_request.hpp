#pragma once

#include <memory>
#include <string>

#include <kedge/engine/handshake.hpp>

namespace kedge::transports {

class connection;
struct pending_request;

/// Where a request goes on when the application has said its word. On the connection's thread.
class request_steps {
  public:
    /// The next middleware, or what is behind the last.
    virtual void proceed(connection& at, const std::shared_ptr<pending_request>& asked) = 0;
    virtual void middleware_failed(connection& at, const engine::request_facts& asked) = 0;
    /// The handshake is allowed, or is not.
    virtual void admitted(connection& at, const engine::request_facts& asked) = 0;
    virtual void forbid(connection& at, const engine::request_facts& asked, std::string message) = 0;

  protected:
    ~request_steps() = default;
};

/// A request of the engine that waits for the application: for a middleware, or for allow_request.
struct pending_request {
    engine::request_facts facts;
    request_steps& steps;  ///< of the worker that the connection lives on
};

}  // namespace kedge::transports
