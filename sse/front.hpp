#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <kedge/sse/options.hpp>
#include <kedge/transports/engineio/figure.hpp>

namespace kedge {
class nsp;
}
namespace kedge::transports {
class engine_server;
}

namespace kedge::sse {

struct service;

/// Server-Sent Events: whoever opens an EventSource at the path hears what is sent to some rooms of a
/// namespace, each event under its name with its arguments as a JSON array.
///
///     kedge::sse::front news(io, "/news");
///     news.rooms([](const kedge::engine::request& asked) { return std::vector<std::string>{"headlines"}; });
///     news.attach(io.engine());
///
/// With connection state recovery on, events have ids, and a client that returns gets what it missed.
class front {
  public:
    /// Throws std::invalid_argument for a path without its first slash.
    front(const nsp& where, std::string path, options terms = {});

    /// Default: no rooms. Before attach(); called on the worker's thread.
    void rooms(room_choice choose);
    /// Puts it on the namespace's server, before it runs.
    void attach(transports::engine_server& server) const;
    /// Streams that are open now.
    std::size_t streams() const noexcept;
    /// Figures for transports::metrics(), labelled by the path.
    transports::figure_source figures() const;

  private:
    std::shared_ptr<service> service_;
};

}  // namespace kedge::sse
