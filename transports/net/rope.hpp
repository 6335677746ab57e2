#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <sys/uio.h>

#include <kedge/engine/buffered_bytes.hpp>
#include <kedge/engine/message.hpp>
#include <kedge/engine/spare_pool.hpp>

namespace kedge::transports {

/// Bytes on their way out: small ones copied into one text, large shared ones by reference, in the order of
/// writing.
class rope {
  public:
    /// The text, to append to. Never shorten it.
    std::string& text() noexcept { return text_; }
    /// Appends bytes that `keep` holds alive, without a copy.
    void share(std::string_view bytes, const engine::message_ptr& keep);
    /// Counts what it takes among the bytes that wait, until it is empty: for one whose bytes the kernel has
    /// refused.
    void count_as_waiting() noexcept { counted_.set(capacity()); }

    std::size_t size() const noexcept { return text_.size() - text_sent_ + shared_size_; }
    bool empty() const noexcept { return size() == 0; }

    /// Fills the front of `into` with the next bytes and returns how many entries it filled.
    std::size_t gather(std::span<iovec> into) const noexcept;
    /// The next bytes as one piece of at most scratch.size(); copied into `scratch` only where they lie
    /// apart.
    std::string_view front(std::span<char> scratch) const noexcept;
    /// Drops bytes at the front that have been sent.
    void consume(std::size_t count) noexcept;
    /// Drops everything; keeps the capacity for later while it is modest.
    void clear() noexcept;
    /// How much memory it holds on to.
    std::size_t capacity() const noexcept { return text_.capacity() + shared_.capacity() * sizeof(piece); }
    /// Everything that is left, as one string.
    std::string flatten() const;

  private:
    struct piece {
        std::size_t after;  // how much of the text goes before it
        std::string_view bytes;
        engine::waiting_message keep;
    };
    template <class Visit>
    void each_piece(Visit&& visit) const;
    void compact() noexcept;

    std::string text_;
    std::vector<piece> shared_;
    std::size_t text_sent_ = 0;
    std::size_t shared_size_ = 0;
    std::size_t first_shared_ = 0;
    engine::buffered_bytes counted_;
};

/// Where the bytes of a stream without a descriptor leave: somebody else's stream (TLS of the host, a pipe of
/// the program's own). What comes in is given to the stream by stream::feed() and its sisters.
class stream_outlet {
  public:
    virtual ~stream_outlet() = default;
    /// Takes all. False when no more should follow until stream::feed_drained().
    virtual bool write(std::string bytes) = 0;
    /// The last call: nothing more will be written.
    virtual void end() noexcept = 0;
};

/// What a stream needs only while bytes wait: lent by the worker's pool, so that an idle stream holds none.
struct stream_buffers {
    rope out;
    std::string unread;                     ///< came in, and not yet given to the owner
    std::unique_ptr<stream_outlet> outlet;  ///< of a stream without a descriptor, for all its life
    engine::buffered_bytes counted;         ///< what `unread` takes, as of the last count

    /// Counts what came among the bytes that wait.
    void count_unread() noexcept { counted.set(unread.empty() ? 0 : unread.capacity()); }
    bool empty() const noexcept { return out.empty() && unread.empty() && !outlet; }
    void clear() noexcept;
    /// How much memory it holds on to.
    std::size_t capacity() const noexcept { return out.capacity() + unread.capacity(); }
};

/// The buffers of one worker that no stream holds at the moment: enough for a broadcast to many thousands.
class buffer_pool final : public engine::spare_pool<stream_buffers> {
  public:
    buffer_pool() noexcept : spare_pool(8 * 1024 * 1024) {}
};

}  // namespace kedge::transports
