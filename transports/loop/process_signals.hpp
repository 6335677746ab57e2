#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include <boost/asio/signal_set.hpp>

namespace kedge::transports {

class worker;

/// What a server does when the operating system tells its process something. On the thread of one worker,
/// which is on Asio. What is called may destroy the server.
class process_signals {
  public:
    /// Ends the server, told by which signal, for the first time or again.
    using end_function = std::function<void(std::string_view signal, bool again)>;

    explicit process_signals(worker& on) : on_(on) {}

    /// On SIGTERM and SIGINT, once; with `twice` a second one is told as well. Those that come later do
    /// nothing, as long as this is there.
    void end_with(end_function end, bool twice);
    /// On SIGHUP, each time.
    void reload_with(std::function<void()> reload);
    /// Hears nothing more.
    void stop() noexcept;

  private:
    void await_end(bool again, bool twice);
    void await_reload();

    worker& on_;
    std::optional<boost::asio::signal_set> ends_;
    std::optional<boost::asio::signal_set> reloads_;
    end_function end_;
    std::function<void()> reload_;
    std::shared_ptr<const bool> alive_ = std::make_shared<bool>(true);  // for signals that have come already
};

}  // namespace kedge::transports
