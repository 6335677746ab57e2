#include <kedge/sockjs/message_queue.hpp>

#include <utility>

namespace kedge::sockjs {

message_queue::message_queue(std::initializer_list<std::string_view> messages) {
    for (const std::string_view each : messages) push(each);
}

void message_queue::reserve(std::size_t count, std::size_t bytes) {
    sizes_.reserve(sizes_.size() + count);
    text_.reserve(text_.size() + bytes);
}

void message_queue::push(std::string_view message) {
    sizes_.push_back(static_cast<std::uint32_t>(message.size()));
    try {
        text_ += message;
    } catch (...) {
        sizes_.pop_back();
        throw;
    }
}

void message_queue::append(message_queue&& more) {
    if (empty()) return std::swap(*this, more);
    // Without reserve(): one that waits for long gets many small ones, and would be moved for each.
    const std::size_t before = text_.size();
    text_.append(more.text_, more.popped_bytes_);
    try {
        sizes_.insert(sizes_.end(), more.sizes_.begin() + static_cast<std::ptrdiff_t>(more.popped_),
                      more.sizes_.end());
    } catch (...) {
        text_.resize(before);
        throw;
    }
}

std::string message_queue::pop() {
    std::string first = text_.substr(popped_bytes_, sizes_[popped_]);
    popped_bytes_ += first.size();
    if (++popped_ == sizes_.size()) {
        clear();
    } else if (popped_ * 2 >= sizes_.size() && popped_bytes_ * 2 >= text_.size()) {
        sizes_.erase(sizes_.begin(), sizes_.begin() + static_cast<std::ptrdiff_t>(std::exchange(popped_, 0)));
        text_.erase(0, std::exchange(popped_bytes_, 0));
    }
    return first;
}

void message_queue::clear() noexcept {
    std::string().swap(text_);
    std::vector<std::uint32_t>().swap(sizes_);
    popped_ = popped_bytes_ = 0;
}

}  // namespace kedge::sockjs
