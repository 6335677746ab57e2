#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <engine/message.hpp>

namespace kedge::engine {

/// Packets of a polling session that wait for the next poll. Their bytes lie in one block; shared messages
/// are only referred to.
class outbox {
  public:
    void push(const outbound& what);
    /// Bytes of data that wait, shared messages included.
    std::size_t size() const noexcept { return size_; }
    /// All packets in order, valid until the next call of this or push().
    std::span<const outbound> packets();
    /// Drops everything.
    void clear() noexcept;
    /// How much memory it holds on to.
    std::size_t capacity() const noexcept;

  private:
    struct item {
        packet_type type;
        content_kind content;
        bool compress;
        std::size_t size;
        message_ptr shared;
    };
    std::vector<item> items_;
    std::vector<outbound> packets_;
    std::string bytes_;
    std::size_t size_ = 0;
};

/// The outboxes of one worker that no session fills at the moment.
class outbox_pool {
  public:
    std::unique_ptr<outbox> take();
    void give_back(std::unique_ptr<outbox> emptied) noexcept;

  private:
    std::vector<std::unique_ptr<outbox>> free_;
};

}  // namespace kedge::engine
