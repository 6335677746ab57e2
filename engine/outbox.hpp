#pragma once

#include <cstddef>
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
    /// All packets in order, valid until the next push().
    std::vector<outbound> packets() const;

  private:
    struct item {
        packet_type type;
        content_kind content;
        bool compress;
        std::size_t size;
        message_ptr shared;
    };
    std::vector<item> items_;
    std::string bytes_;
    std::size_t size_ = 0;
};

}  // namespace kedge::engine
