#pragma once

#include <cstdint>
#include <memory>

#include <kedge/transports/loop/host.hpp>
#include <kedge/transports/loop/poll_set.hpp>

namespace boost::asio {
class io_context;
}

namespace kedge::transports {

/// How a worker on Asio learns what is ready.
enum class readiness_source : std::uint8_t {
    native,      ///< on Linux an edge-triggered epoll set of the worker's own; elsewhere async_wait
    async_wait,  ///< Asio's async_wait for each descriptor: one more system call per message
};

/// A host on an io_context of its own, to be run by the worker. The io_context may be kept for longer, by who
/// has timers and sockets of Asio there: nothing happens in it from then on.
struct own_asio_host {
    std::unique_ptr<host> under;
    std::shared_ptr<boost::asio::io_context> context;
};
own_asio_host make_asio_host(readiness_source how);
/// A host on the application's io_context, which the application runs, by one thread.
std::unique_ptr<host> make_asio_host(boost::asio::io_context& of_application, readiness_source how);

}  // namespace kedge::transports
