#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <kedge/engine/request.hpp>

namespace kedge::transports {

class connection;
class http_share;

/// A protocol behind HTTP: Engine.IO, the application's own pages, and whatever else shares the port with
/// them. Each worker has a front of its own (see http_share), on whose thread all of this is called; it is
/// made before the worker runs.
///
/// Of a request the head is here when admit() is called, the body is not read yet. admit() answers at once
/// (connection::answer, begin_stream), says who will (await, read_body), sends the connection to the worker
/// where its session lives (move_to), or takes the stream away to speak another protocol on it (leave). An
/// exception that leaves it is reported and answered 500.
///
/// When a server ends it closes what sessions() names, at the pace that was asked for, then calls wind_up(),
/// and evict() when all is deserted or the grace is over.
class http_front {
  public:
    virtual ~http_front() = default;

    /// Whether a request is this front's. The fronts are asked in order: those that were added, then
    /// Engine.IO, then the application.
    virtual bool serves(const engine::request& asked) const noexcept = 0;
    virtual void admit(connection& at) = 0;

    /// The ids of the sessions that live here now.
    virtual std::vector<std::string> sessions() const { return {}; }
    /// Closes one of them, if it is still here.
    virtual void close_session(std::string_view) {}
    /// The server ends: closes all sessions, and opens no more.
    virtual void wind_up() {}
    /// Ends what is left here, now.
    virtual void evict() {}
    /// The server is destroyed within a call of its own: from here on nothing of the application's is called,
    /// and all goes when the turn ends.
    virtual void fall_silent() noexcept {}
    /// Whether nothing lives here any more that the end of the server has to wait for. What is a resident of
    /// the share is counted there.
    virtual bool deserted() const noexcept { return true; }
};

/// Makes the front of one worker.
using front_factory = std::function<std::unique_ptr<http_front>(http_share& home)>;

}  // namespace kedge::transports
