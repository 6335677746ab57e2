#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace kedge::sockjs {

/// Messages of a client's in the order in which they came. A client may send hundreds of thousands at once
/// that have a byte each: they lie side by side in one text, since a string for each would cost more than all
/// else that is done with it.
class message_queue {
  public:
    /// What a message takes beside its bytes.
    static constexpr std::size_t overhead = sizeof(std::uint32_t);

    message_queue() noexcept = default;
    message_queue(std::initializer_list<std::string_view> messages);

    /// Room for so many that have so many bytes together.
    void reserve(std::size_t count, std::size_t bytes);
    void push(std::string_view message);
    /// All of them behind those that are here.
    void append(message_queue&& more);
    /// Takes the first one out. What was taken is let go of when it is most of what lies here, so that a
    /// queue that is never empty does not grow.
    std::string pop();
    void clear() noexcept;

    std::size_t size() const noexcept { return sizes_.size() - popped_; }
    bool empty() const noexcept { return size() == 0; }
    /// What those that are here take.
    std::size_t weight() const noexcept { return text_.size() - popped_bytes_ + size() * overhead; }

  private:
    std::string text_;
    std::vector<std::uint32_t> sizes_;
    std::size_t popped_ = 0;
    std::size_t popped_bytes_ = 0;
};

}  // namespace kedge::sockjs
