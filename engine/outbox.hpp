#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include <kedge/engine/message.hpp>
#include <kedge/engine/spare_pool.hpp>

namespace kedge::engine {

/// Packets of a polling session that wait for the next poll. Their bytes lie in one block; shared messages
/// are only referred to.
class outbox {
  public:
    static constexpr std::size_t all = ~std::size_t{0};

    void push(const outbound& what);
    /// Bytes of data that wait, shared messages included.
    std::size_t size() const noexcept { return size_; }
    /// The same with what is noted about each packet: even empty ones take room.
    std::size_t footprint() const noexcept { return size_ + (items_.size() - first_) * sizeof(item); }
    /// The first packets in order, so many that they hold some `bytes` of data together: all of them, as a
    /// rule. Valid until the next call of this or push().
    std::span<const outbound> packets(std::size_t most = all, std::size_t bytes = all);
    /// Drops so many packets at the front.
    void drop(std::size_t count) noexcept;
    bool empty() const noexcept { return first_ == items_.size(); }
    /// Whether it holds more packets than that, or more bytes of data beside the last.
    bool exceeds(std::size_t packets, std::size_t bytes) const noexcept {
        return items_.size() - first_ > packets || (!empty() && size_ - items_.back().size >= bytes);
    }
    /// Drops everything; keeps the capacity for later while it is modest.
    void clear() noexcept;
    /// How much memory it holds on to.
    std::size_t capacity() const noexcept;

  private:
    struct item {
        packet_type type;
        content_kind content;
        bool compress;
        std::size_t size;
        waiting_message shared;
    };
    std::vector<item> items_;
    std::vector<outbound> packets_;
    std::string bytes_;
    std::size_t first_ = 0;        // of the items, that was not dropped
    std::size_t first_bytes_ = 0;  // where its bytes begin
    std::size_t size_ = 0;
    buffered_bytes counted_;
};

/// The outboxes of one worker that no session fills at the moment.
class outbox_pool final : public spare_pool<outbox> {
  public:
    outbox_pool() noexcept : spare_pool(512 * 1024) {}
};

}  // namespace kedge::engine
