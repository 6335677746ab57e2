#pragma once

#include <atomic>
#include <cstddef>
#include <initializer_list>
#include <memory>
#include <string_view>
#include <utility>

#include <kedge/engine/log.hpp>
#include <kedge/socketio/face/nsp.hpp>

namespace kedge::admin {

/// The operators who look, here and at the other servers of a fleet. From any thread.
class page : public std::enable_shared_from_this<page> {
  public:
    explicit page(nsp at) noexcept : at_(std::move(at)) {}

    const nsp& at() const noexcept { return at_; }
    /// Whether there is an adapter that reaches other servers.
    bool in_fleet() const;

    /// Counts those who enter from now on, from before they are told that they have. Once.
    void count_operators();
    /// Whether anybody may look: what nobody sees is not made.
    bool watched() const { return here_.load(std::memory_order_relaxed) != 0 || in_fleet(); }

    /// Tells all operators.
    template <class... Args>
    void tell(std::string_view event, const Args&... args) const {
        if (watched()) at_.emit(event, args...);
    }

    void log(log_level level, std::string_view event, std::initializer_list<log_record::field> facts) const;
    /// The same for what strangers can cause as often as they like.
    void hint(std::string_view event, std::initializer_list<log_record::field> facts) const;

  private:
    nsp at_;
    std::atomic<std::size_t> here_ = 0;
};

}  // namespace kedge::admin
