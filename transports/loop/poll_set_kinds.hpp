#pragma once

#include <memory>

#include <kedge/transports/loop/poll_set.hpp>

namespace kedge::transports {

#ifdef __linux__
/// A worker's own edge-triggered epoll set; its descriptor is the one thing that the io_context waits for.
std::unique_ptr<poll_set> make_epoll_set(boost::asio::io_context& context, poll_sink& sink);
#endif

/// Asio's async_wait for each descriptor.
std::unique_ptr<poll_set> make_wait_set(boost::asio::io_context& context, poll_sink& sink);

}  // namespace kedge::transports
