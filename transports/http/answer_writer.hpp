#pragma once

namespace kedge::transports {

class connection;

/// Who writes an answer piece by piece, from connection::begin_stream() to end_stream(). The connection
/// forgets it at the end, and when it has told on_gone().
class answer_writer {
  public:
    /// All that was written is with the kernel: the answer to connection::want_drain().
    virtual void on_drain(connection& to) = 0;
    /// The client has left, or it takes so little that too much waited for it.
    virtual void on_gone(connection& to) = 0;

  protected:
    ~answer_writer() = default;
};

}  // namespace kedge::transports
