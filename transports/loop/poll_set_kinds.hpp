#pragma once

#include <memory>

#include <kedge/transports/loop/poll_set.hpp>

namespace boost::asio {
class io_context;
}

namespace kedge::transports {

class host;

#ifdef __linux__
/// A worker's own edge-triggered epoll set; its descriptor is the one that the host watches.
std::unique_ptr<poll_set> make_epoll_set(host& under, poll_sink& sink);
#endif

/// Asio's async_wait for each descriptor.
std::unique_ptr<poll_set> make_wait_set(boost::asio::io_context& context, poll_sink& sink);

}  // namespace kedge::transports
