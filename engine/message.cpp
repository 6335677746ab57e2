#include <kedge/engine/message.hpp>

namespace kedge::engine {

message_ptr message::make(content_kind content, std::string data, bool compress) {
    return std::make_shared<const message>(content, std::move(data), compress);
}

message::message(content_kind content, std::string data, bool compress)
    : data_(std::move(data)), content_(content), compress_(compress) {}

message::~message() {
    for (auto& form : forms_) delete form.load(std::memory_order_acquire);
}

// What it weighs is told by its data alone, so that what is added is taken away again: the data, and one
// form.
void message::begin_waiting() const noexcept {
    if (waiting_.fetch_add(1, std::memory_order_relaxed) == 0)
        buffered_bytes::add(sizeof(message) + 2 * data_.size());
}

void message::end_waiting() const noexcept {
    if (waiting_.fetch_sub(1, std::memory_order_relaxed) == 1)
        buffered_bytes::subtract(sizeof(message) + 2 * data_.size());
}

std::string_view message::keep(slot& where, std::string built) {
    auto mine = std::make_unique<const std::string>(std::move(built));
    const std::string* kept = nullptr;
    if (!where.compare_exchange_strong(kept, mine.get(), std::memory_order_acq_rel)) return *kept;
    return *mine.release();
}

}  // namespace kedge::engine
