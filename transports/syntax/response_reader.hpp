#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace kedge::transports {

/// How an answer begins depends on what was asked.
enum class asked_by : std::uint8_t {
    head,  ///< no body follows
    other,
};

/// Finds where the answer of another server ends, without keeping any of it.
class response_reader {
  public:
    explicit response_reader(asked_by what);
    response_reader(response_reader&&) noexcept;
    response_reader& operator=(response_reader&&) noexcept;
    ~response_reader();

    struct step {
        enum class kind : std::uint8_t {
            more,      ///< all bytes belong to the answer, which goes on
            interim,   ///< what came so far was "100 Continue" or its like: the answer is still to come
            complete,  ///< the answer ends behind the bytes that were used
            failed,    ///< this is no answer
        };
        kind what = kind::more;
        std::size_t used = 0;
    };
    step feed(std::string_view bytes);
    /// Whether the answer was complete when the server closed.
    bool complete_at_end();

    /// Whether the status and all headers are here.
    bool head_complete() const noexcept;
    /// When the head is complete.
    int status() const noexcept;
    /// When the answer is complete: whether the connection serves another request.
    bool keeps_alive() const noexcept;

  private:
    struct progress;
    std::unique_ptr<progress> progress_;
};

}  // namespace kedge::transports
