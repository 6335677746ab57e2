#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include <kedge/socketio/face/nsp.hpp>
#include <kedge/socketio/face/socket.hpp>
#include <kedge/socketio/value/value.hpp>

namespace kedge::admin {

/// Shows operators who come all sockets of all namespaces, wherever they are. One look at a time: who comes
/// meanwhile is shown the next one, however many come. From any thread.
class census : public std::enable_shared_from_this<census> {
  public:
    explicit census(std::function<std::vector<nsp>()> all) : all_(std::move(all)) {}

    void show(const socket& to);

  private:
    struct look;
    void begin();
    void finish(const value& found);

    const std::function<std::vector<nsp>()> all_;
    std::mutex lock_;
    std::vector<socket> waiting_;
    std::vector<socket> shown_next_;  // empty: nobody looks
};

}  // namespace kedge::admin
