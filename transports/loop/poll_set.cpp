#include <kedge/transports/loop/poll_set.hpp>

#include <kedge/transports/loop/poll_set_kinds.hpp>

namespace kedge::transports {

std::unique_ptr<poll_set> make_poll_set(readiness how, boost::asio::io_context& context, poll_sink& sink) {
#ifdef __linux__
    if (how == readiness::native) return make_epoll_set(context, sink);
#else
    static_cast<void>(how);
#endif
    return make_wait_set(context, sink);
}

}  // namespace kedge::transports
