#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace kedge::transports {

class streamed_answer;

/// The answer to a request while it is being written: a cheap handle, usable from any thread. Each piece is
/// one chunk (to an HTTP/1.0 client: bytes until the connection closes), and is sent at once. When the last
/// copy goes without end(), the client sees that the answer is broken.
///
/// What the client does not take waits, at most `max_buffered_bytes`; beyond that the connection is cut. Who
/// writes much waits for on_drain().
class answer_stream {
  public:
    explicit answer_stream(std::shared_ptr<streamed_answer> answer);

    /// Sends a piece. False when nobody will read it: the client has gone, or the answer was ended.
    bool write(std::string piece) const;
    /// The answer is complete.
    void end() const;
    /// Ends the connection in the middle of the answer.
    void cut() const;

    /// Bytes written that the kernel has not taken yet, as of the last turn.
    std::size_t unsent() const noexcept;
    /// Whether writing is of no use any more: the answer was ended, or the client has gone.
    bool over() const noexcept;

    /// Calls `tell` each time that all that was written is with the kernel, on the connection's thread.
    void on_drain(std::function<void()> tell) const;
    /// Calls `tell` once when the client has gone before the end, on the connection's thread; soon, when it
    /// has already. A request that takes no body (HEAD) is such a client.
    void on_gone(std::function<void()> tell) const;

  private:
    struct last_word;
    std::shared_ptr<last_word> last_;
};

}  // namespace kedge::transports
