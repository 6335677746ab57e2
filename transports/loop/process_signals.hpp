#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <kedge/transports/engineio/close_options.hpp>

namespace kedge {

/// What a server does when the operating system tells its process something. On one worker's thread.
class server_signals {
  public:
    explicit server_signals(boost::asio::io_context& on) : on_(on) {}

    /// On SIGTERM and SIGINT: says which it was, and ends. A second one cuts the notice short.
    void close_with(std::function<void(std::string_view signal, const transports::close_options&)> close,
                    transports::close_options how);
    /// On SIGHUP, each time.
    void reload_with(std::function<void()> reload);
    /// Hears nothing more.
    void stop() noexcept;

  private:
    void await_end(const transports::close_options& how);
    void await_reload();

    boost::asio::io_context& on_;
    std::optional<boost::asio::signal_set> ends_;
    std::optional<boost::asio::signal_set> reloads_;
    std::function<void(std::string_view, const transports::close_options&)> close_;
    std::function<void()> reload_;
    std::shared_ptr<const bool> alive_ = std::make_shared<bool>(true);  // for signals that have come already
};

}  // namespace kedge
