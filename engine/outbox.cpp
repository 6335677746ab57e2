#include <kedge/engine/outbox.hpp>

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

std::span<const outbound> outbox::packets() {
    packets_.clear();
    packets_.reserve(items_.size());
    std::size_t at = 0;
    for (const auto& each : items_) {
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

void outbox::clear() noexcept {
    if (capacity() > kept_capacity) {
        const outbox released = std::exchange(*this, {});  // assigning alone would keep the text's memory
        return;
    }
    items_.clear();
    packets_.clear();
    bytes_.clear();
    size_ = 0;
    counted_.set(0);
}

std::size_t outbox::capacity() const noexcept {
    return items_.capacity() * sizeof(item) + packets_.capacity() * sizeof(outbound) + bytes_.capacity();
}

}  // namespace kedge::engine
