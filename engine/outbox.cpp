#include <kedge/engine/outbox.hpp>

#include <algorithm>
#include <utility>

namespace kedge::engine {

namespace {

constexpr std::size_t kept_capacity = 4096;  // of one that is cleared; a larger one goes back to the heap

}  // namespace

void outbox::push(const outbound& what) {
    items_.push_back({what.type, what.content, what.compress, what.data.size(),
                      waiting_message(what.shared != nullptr ? *what.shared : nullptr)});
    if (what.shared == nullptr) bytes_.append(what.data);
    size_ += what.data.size();
    counted_.set(capacity());
}

std::span<const outbound> outbox::packets(std::size_t most, std::size_t bytes) {
    packets_.clear();
    packets_.reserve(std::min(items_.size() - first_, most));
    std::size_t at = first_bytes_;
    std::size_t given = 0;
    for (std::size_t i = first_; i < items_.size() && packets_.size() < most && given < bytes; ++i) {
        const item& each = items_[i];
        given += each.size;
        if (const message_ptr& shared = each.shared.get()) {
            packets_.push_back({each.type, each.content, each.compress, shared->data(), &shared});
        } else {
            const std::string_view data = std::string_view(bytes_).substr(at, each.size);
            packets_.push_back({each.type, each.content, each.compress, data, nullptr});
            at += each.size;
        }
    }
    return packets_;
}

/// What was dropped is let go of when it is most of what lies here.
void outbox::drop(std::size_t count) noexcept {
    for (; count > 0 && !empty(); --count) {
        item& gone = items_[first_++];
        size_ -= gone.size;
        if (!gone.shared.get()) first_bytes_ += gone.size;
        gone.shared.reset();
    }
    if (first_ * 2 < items_.size()) return;
    items_.erase(items_.begin(), items_.begin() + static_cast<std::ptrdiff_t>(std::exchange(first_, 0)));
    bytes_.erase(0, std::exchange(first_bytes_, 0));
}

void outbox::clear() noexcept {
    if (capacity() > kept_capacity) {
        const outbox released = std::exchange(*this, {});  // assigning alone would keep the text's memory
        return;
    }
    items_.clear();
    packets_.clear();
    bytes_.clear();
    first_ = first_bytes_ = 0;
    size_ = 0;
    counted_.set(0);
}

std::size_t outbox::capacity() const noexcept {
    return items_.capacity() * sizeof(item) + packets_.capacity() * sizeof(outbound) + bytes_.capacity();
}

}  // namespace kedge::engine
