#pragma once

#include <cstdint>
#include <memory>

#include <kedge/transports/http/ticket.hpp>
#include <kedge/transports/syntax/header_list.hpp>

namespace kedge::transports {

/// What becomes of an answer: it is sent, or it only ends the connection, which asked to leave HTTP.
enum class answer_use : std::uint8_t { sent, ends_connection };

/// One continuation of a request. Dropped unused, it answers 500, so that no client waits for ever.
class right_to_answer {
  public:
    explicit right_to_answer(std::shared_ptr<ticket> of_request, answer_use use = answer_use::sent) noexcept;
    ~right_to_answer();
    right_to_answer(const right_to_answer&) = delete;
    right_to_answer& operator=(const right_to_answer&) = delete;

    ticket& held() const noexcept { return *held_; }
    /// On the connection's thread: the connection, unless it is gone or this was used up.
    connection* at() const noexcept;

    /// Runs `f(connection&)` on the connection's thread, unless the request is over or this was used up.
    /// From any thread.
    template <class F>
    void spend(F f) const {
        held_->pass(stage_, std::move(f));
    }
    /// The same for an answer with these headers; where none is sent, the connection ends instead.
    template <class F>
    void answer(header_list headers, F f) const {
        spend([use = use_, headers = std::move(headers), f = std::move(f)](connection& to) mutable {
            if (begin_answer(to, use, headers)) f(to);
        });
    }

  private:
    static bool begin_answer(connection& to, answer_use use, const header_list& headers);

    std::shared_ptr<ticket> held_;
    unsigned stage_;
    answer_use use_;
};

}  // namespace kedge::transports
